import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite(
    "Killed at random moments",
    .enabled(if: ProcessInfo.processInfo.environment["VECSTEWARD_TEST_LONG"] != nil, "it takes minutes: --long"),
    .timeLimit(.minutes(20))
)
struct KilledTests {
    /// A job that is met in all its phases.
    enum Work: String, CaseIterable, Sendable {
        case create, rebuildOfPerson, rebuildOfVecs

        /// The name of the index that is there before.
        var oldName: String? {
            switch self {
            case .create: nil
            case .rebuildOfPerson: "by_hand"
            case .rebuildOfVecs: "ix_vector_cosine_ops_ivfflat_nl30_0a1b2c3"
            }
        }

        var kind: String { self == .create ? "create_index" : "rebuild_index" }

        /// A daemon that does it; HNSW would take too long for so many times.
        func begin(on database: TestDatabase) async throws -> Daemon {
            try await Daemon.start(on: [database], rules: "\"unindexed\": {\"mode\": \"act\"}", method: "ivfflat")
        }
    }

    /// Makes the collection `docs` that gives rise to the work, with vectors wide enough that a build takes its time, and
    /// counts the builds that begin.
    private func fill(_ database: TestDatabase, for work: Work) async throws {
        let index =
            work.oldName.map {
                "CREATE INDEX \($0) ON docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);"
            } ?? ""
        try await database.execute(
            """
            CREATE TABLE docs (id bigint, vec vector(256));
            INSERT INTO docs
            SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 256) WHERE g = g)::vector(256)
            FROM generate_series(1, 4000) AS g;
            \(index)
            INSERT INTO docs SELECT * FROM docs UNION ALL SELECT * FROM docs;
            """
        )
        try await database.administer(
            """
            CREATE SEQUENCE builds MINVALUE 0;
            CREATE FUNCTION count_builds() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                IF strpos(current_query(), 'vecsteward_build_') > 0 THEN PERFORM nextval('public.builds'); END IF;
            END $$;
            CREATE EVENT TRIGGER count_builds ON ddl_command_start WHEN TAG IN ('CREATE INDEX')
            EXECUTE FUNCTION count_builds();
            SELECT nextval('builds');
            """
        )
        try await database.waitForEndOfSessions()
    }

    /// Lets a job be disturbed, and sees that it ended as it should.
    ///
    /// - Parameters:
    ///   - database: Where.
    ///   - work: What job.
    ///   - canLoseBuilds: Whether a build may be lost by what is done, and has to be begun again.
    ///   - disturb: What is done to it.
    /// - Throws: When it cannot be done.
    private func expectGoodEnd(
        on database: TestDatabase,
        of work: Work,
        canLoseBuilds: Bool = false,
        disturb: () async throws -> Void
    ) async throws {
        try await fill(database, for: work)
        let probe = IndexProbe()
        let watching = Task { await probe.watch(database) }
        try await disturb()
        let last = try await work.begin(on: database)
        try await last.wait(for: "this instance is the leader")
        let unfinished = "SELECT count(*) AS number FROM vecsteward.job WHERE finished_at IS NULL"
        let done = "SELECT count(*) AS number FROM vecsteward.job WHERE kind = '\(work.kind)' AND state = 'done'"
        while true {
            if try await database.number(done) > 0, try await database.number(unfinished) == 0 { break }
            try await database.hurry()
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(await last.end() == 0)
        let counts = probe.end()
        await watching.value
        #expect(counts.all > 0 && counts.hadIndex)
        #expect(counts.without == 0, "\(last.text)")
        #expect(try await DaemonTests.indexes(database) == 1, "\(last.text)")
        #expect(try await database.usableIndexes(of: "docs").count == 1)
        #expect(try await database.number(done) == 1, "no job is lost, and none is done twice")
        let ends = try await database.query(
            """
            SELECT coalesce(string_agg(id || ' ' || kind || ' ' || state, ', '), '') AS text
            FROM vecsteward.job
            -- A measurement is cancelled where no search would take the index.
            WHERE state = 'failed' OR state = 'cancelled' AND kind <> 'measure_recall'
            """
        ).one()["text", as: String.self]
        #expect(ends == "", "\(last.text)")
        let builds = try await database.number("SELECT last_value AS number FROM builds")
        if canLoseBuilds { #expect(builds >= 1) } else { #expect(builds == 1, "\(last.text)") }
    }

    /// Lets a daemon run for a random time, which is what is tested and not a wait for anything.
    ///
    /// It may have to be the leader first: on a busy machine most times would end before that.
    private func run(_ daemon: Daemon, asLeader: Bool = false, atMost milliseconds: Int = 900) async throws {
        if asLeader { try await daemon.wait(for: "this instance is the leader") }
        try await Task.sleep(for: .milliseconds(Int.random(in: 20...milliseconds)))
        await daemon.end(SIGKILL)
    }

    private static let cases = TestServer.all.flatMap { server in Work.allCases.map { (server, $0) } }

    @Test("the daemon, a hundred times: nothing is lost, left or built twice", arguments: cases)
    func daemon(server: TestServer, work: Work) async throws {
        // Three kinds of work on two servers, six times a round: 108 in all.
        for _ in 1...3 {
            try await withDatabase(on: server) { database in
                try await expectGoodEnd(on: database, of: work) {
                    for number in 1...6 { try await run(try await work.begin(on: database), asLeader: number > 1) }
                }
            }
        }
    }

    @Test("two daemons in turn: the other one takes over, and nothing is lost, left or built twice", arguments: cases)
    func pair(server: TestServer, work: Work) async throws {
        for _ in 1...2 {
            try await withDatabase(on: server) { database in
                try await expectGoodEnd(on: database, of: work) {
                    var other = try await work.begin(on: database)
                    for _ in 1...5 {
                        let next = try await work.begin(on: database)
                        try await run(other, atMost: 2_500)
                        other = next
                    }
                    await other.end(SIGKILL)
                }
            }
        }
    }

    @Test("the server, twenty-five times: nothing is lost or left", arguments: TestServer.all)
    func server(server: TestServer) async throws {
        // A server that may forget what it has committed would forget that an index is valid.
        try await withPrivateServer(version: server.version, settings: ["synchronous_commit=on"]) { own in
            var crashes = 0
            while crashes < 25 {
                let database = try await TestDatabase.create(on: own.server)
                let work = Work.allCases[crashes % Work.allCases.count]
                try await expectGoodEnd(on: database, of: work, canLoseBuilds: true) {
                    let daemon = try await work.begin(on: database)
                    // A crash takes the counters that tell what an index was built on, unless that is written down.
                    try await daemon.wait(for: "job 1 queued")
                    for _ in 1...5 {
                        try await Task.sleep(for: .milliseconds(Int.random(in: 100...2_500)))
                        try await own.crash()
                        try await own.start()
                        crashes += 1
                    }
                    #expect(await daemon.end() == 0, "it outlives all of that")
                }
                await database.drop()
            }
        }
    }
}
