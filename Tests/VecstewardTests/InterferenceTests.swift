import DatabaseFixture
import Foundation
import Postgres
import Synchronization
import Testing

/// What somebody does that takes away what a job relies on.
enum Interference: String, CaseIterable, Sendable {
    case dropTable, renameTable, dropSchema, renameSchema, dropColumn, retypeColumn, moveExtension, otherVersion
    case dropState

    var sql: String {
        switch self {
        case .dropTable: "DROP TABLE area.docs"
        case .renameTable: "ALTER TABLE area.docs RENAME TO papers"
        case .dropSchema: "DROP SCHEMA area CASCADE"
        case .renameSchema: "ALTER SCHEMA area RENAME TO region"
        case .dropColumn: "ALTER TABLE area.docs DROP COLUMN vec"
        case .retypeColumn: "ALTER TABLE area.docs ALTER COLUMN vec TYPE vector(4) USING subvector(vec, 1, 4)"
        case .moveExtension:
            "CREATE SCHEMA elsewhere; GRANT USAGE ON SCHEMA elsewhere TO PUBLIC; ALTER EXTENSION vector SET SCHEMA elsewhere"
        case .otherVersion: "UPDATE pg_extension SET extversion = '0.8.6' WHERE extname = 'vector'"
        case .dropState: "DROP SCHEMA vecsteward CASCADE"
        }
    }

    /// Whether it is a superuser who does it, and not the application.
    var isAdministrative: Bool {
        switch self {
        case .moveExtension, .otherVersion, .dropState: true
        case .dropTable, .renameTable, .dropSchema, .renameSchema, .dropColumn, .retypeColumn: false
        }
    }

    /// When it is worth a try: what queues behind the build, or does not touch its table, meets it but once.
    var moments: [Moment] {
        switch self {
        case .dropTable, .renameTable, .dropColumn: [.building, .built]
        case .renameSchema, .dropState: [.building, .abandoned, .built]
        case .retypeColumn: [.built]
        case .dropSchema, .moveExtension, .otherVersion: [.building]
        }
    }

    /// Where in a job something happens.
    enum Moment: String, Sendable {
        /// The build waits for its end, and the daemon for the build.
        case building
        /// The build waits for its end, and its daemon is gone.
        case abandoned
        /// The build has ended, and its daemon was gone before that.
        case built
    }

    /// How the rebuild ends that it meets, where it meets it before its end.
    var ends: Set<String> {
        switch self {
        case .dropTable, .renameTable, .dropSchema, .renameSchema, .dropColumn: ["cancelled"]
        // Altering a column builds its indexes anew, which leaves nothing to rebuild.
        case .retypeColumn: ["cancelled", "done"]
        case .moveExtension, .otherVersion: ["done"]
        case .dropState: ["done"]
        }
    }
}

@Suite("In the middle of a job", .timeLimit(.minutes(15)))
struct InterferenceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var server: TestServer
        var interference: Interference
        var moment: Interference.Moment
        var testDescription: String { "\(interference) \(moment) on \(server)" }
    }

    private static let cases = TestServer.all.flatMap { server in
        Interference.allCases.flatMap { interference in
            interference.moments.map { Case(server: server, interference: interference, moment: $0) }
        }
    }

    /// A collection whose index, which a person named, was built on less than half of its rows.
    static func fill(_ database: TestDatabase, _ table: String) async throws {
        try await database.execute(
            """
            CREATE SCHEMA IF NOT EXISTS area;
            CREATE TABLE \(table) (id bigint, vec public.vector(8));
            CREATE FUNCTION pg_temp.fill(first int, last int) RETURNS void LANGUAGE sql AS $$
                INSERT INTO \(table)
                SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::public.vector(8)
                FROM generate_series(first, last) AS g;
            $$;
            SELECT pg_temp.fill(1, 1500);
            CREATE INDEX by_hand ON \(table) USING ivfflat (vec public.vector_cosine_ops) WITH (lists = 30);
            COMMENT ON INDEX area.by_hand IS 'made by hand';
            SELECT pg_temp.fill(1501, 3001);
            """
        )
        try await database.waitForEndOfSessions()
    }

    /// Indexes that only a job in progress has, in any schema.
    static let unfinishedIndexes =
        "SELECT count(*) AS number FROM pg_class WHERE relkind = 'i' AND relname LIKE 'vecsteward\\_%'"

    /// Whether somebody waits for a table of this database, or nobody builds any more.
    private static let isMet = """
        SELECT (EXISTS (
            SELECT FROM pg_locks
            WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        ) OR NOT EXISTS (
            SELECT FROM pg_stat_progress_create_index WHERE datname = current_database()
        ))::int AS number
        """

    /// Runs all queued jobs without the pauses between two tries; what has failed for good is left.
    static func runQueuedJobs(_ database: TestDatabase) async throws {
        while true {
            // The schema may be on its way out or in again.
            let unfinished = try? await database.number(
                "SELECT count(*) AS number FROM vecsteward.job WHERE finished_at IS NULL"
            )
            if unfinished == 0 { return }
            try? await database.hurry()
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    @Test("whatever is taken away, the job ends, nothing is left, and the next one is served", arguments: cases)
    func takenAway(_ test: Case) async throws {
        try await withDatabase(on: test.server) { database in
            try await Self.fill(database, "area.docs")
            var holder = try await DaemonTests.holdSnapshot(database)
            var daemon = try await Daemon.start(on: [database])
            try await DaemonTests.waitForEndOfBuild(database)
            let job = try await database.number(
                "SELECT id AS number FROM vecsteward.job WHERE kind = 'rebuild_index'"
            )
            if test.moment != .building { await daemon.end(SIGKILL) }
            if test.moment == .built {
                _ = try await holder.query("COMMIT")
                try await database.wait(
                    until: "SELECT count(*) AS number FROM pg_stat_progress_create_index "
                        + "WHERE datname = current_database()",
                    is: 0
                )
            }
            let interference = test.interference
            let isDone = Mutex(false)
            let other = Task {
                defer { isDone.withLock { $0 = true } }
                if interference.isAdministrative {
                    try await database.administer(interference.sql)
                } else {
                    try await database.execute(interference.sql)
                }
            }
            if test.moment == .built { try await other.value }
            while !isDone.withLock({ $0 }), try await database.number(Self.isMet) == 0 {
                try await Task.sleep(for: .milliseconds(20))
            }
            if test.moment != .building {
                daemon = try await Daemon.start(on: [database])
                try await daemon.wait(for: "this instance is the leader")
            }
            if test.moment != .built { _ = try await holder.query("COMMIT") }
            let outcome = await other.result
            try await Self.runQueuedJobs(database)
            if test.interference == .dropState {
                // Whose it is nobody knows any more, so it is reported and left alone.
                try await daemon.wait(for: "redundant (notice): vecsteward_build_")
            } else {
                try await database.wait(until: Self.unfinishedIndexes, is: 0)
            }
            try await Self.runQueuedJobs(database)

            let comment: Comment = "\(outcome)\n\(daemon.text)"
            let states = try await database.query(
                "SELECT state FROM vecsteward.job WHERE kind = 'rebuild_index' AND id = \(job)"
            ).map { row throws(PostgresError) in try row["state", as: String.self] }
            if case .success = outcome {
                #expect(test.interference == .dropState || test.interference.ends.isSuperset(of: states), comment)
            }
            #expect(
                try await database.number("SELECT count(*) AS number FROM vecsteward.job WHERE state = 'failed'") == 0,
                comment
            )
            try await expectService(of: database, by: daemon)
        }
    }

    /// A collection that has outgrown its index, made beside a daemon that runs.
    static func addOutgrown(
        _ table: String,
        in database: TestDatabase,
        extensionSchema: Identifier = Identifier("public")
    ) async throws {
        try await database.execute(
            """
            SET search_path = public, \(extensionSchema);
            CREATE TABLE public.\(table) AS SELECT g AS id, ('[' || g || ',1,2]')::vector(3) AS vec
            FROM generate_series(1, 900) AS g;
            """
        )
        // A poll that came before these are counted would find an index of which it cannot know what it was built on. They
        // are too few for a rule to ask for ANALYZE, which takes that away too.
        try await database.wait(
            until: "SELECT n_tup_ins AS number FROM pg_stat_user_tables WHERE relid = 'public.\(table)'::regclass",
            is: 900
        )
        try await database.execute(
            """
            SET search_path = public, \(extensionSchema);
            CREATE INDEX ON public.\(table) USING ivfflat (vec vector_l2_ops) WITH (lists = 10);
            """
        )
        // By itself: counters are of the moment, and a poll that began before the index was there would see all these rows.
        try await database.execute(
            """
            SET search_path = public, \(extensionSchema);
            INSERT INTO public.\(table) SELECT * FROM public.\(table) UNION ALL SELECT * FROM public.\(table);
            """
        )
    }

    /// Makes sure that the daemon continues with another collection.
    private func expectService(of database: TestDatabase, by daemon: Daemon) async throws {
        let schema = try await database.query(
            """
            SELECT nspname AS name FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
            WHERE extname = 'vector'
            """
        ).one()["name", as: String.self]
        try await Self.addOutgrown("other", in: database, extensionSchema: Identifier(schema))
        // It may be the first table there is, and privileges are granted for what there is.
        try await database.grant()
        try await database.wait(
            until: """
                SELECT count(*) AS number FROM vecsteward.job
                WHERE kind = 'rebuild_index' AND table_name = 'other' AND state = 'done'
                """
        )
        #expect(await daemon.end() == 0)
    }

    @Test("each of its sessions ended in turn, the build is finished or begun again", arguments: TestServer.all)
    func sessions(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await Self.fill(database, "area.docs")
            var holder = try await DaemonTests.holdSnapshot(database)
            let daemon = try await Daemon.start(on: [database])
            try await DaemonTests.waitForEndOfBuild(database)
            // Its leader lock, and its polling session; the build continues.
            try await database.administer(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'vecsteward'
                """
            )
            try await daemon.wait(for: "is reachable again")
            try await daemon.wait(for: "resumes: area.docs.vec: rebuild")
            #expect(daemon.text.contains(" was interrupted and will be resumed: "), "\(daemon.text)")
            try await DaemonTests.waitForEndOfBuild(database)
            #expect(try await database.attempts("rebuild_index") == 1)
            // What builds.
            try await database.administer(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name LIKE 'vecsteward job %'
                """
            )
            _ = try await holder.query("COMMIT")
            try await Self.runQueuedJobs(database)
            try await database.wait(until: Self.unfinishedIndexes, is: 0)
            #expect(try await database.usableIndexes(of: "area.docs").count == 1)
            #expect(
                try await database.number(
                    "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
                ) == 1,
                "\(daemon.text)"
            )
            try await expectService(of: database, by: daemon)
            #expect(daemon.text.components(separatedBy: "is reachable again").count == 2, "\(daemon.text)")
        }
    }

    @Test("its database dropped by force, the daemon serves the other one", arguments: TestServer.all)
    func droppedDatabase(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let doomed = try await TestDatabase.create(on: server)
            try await Self.fill(doomed, "area.docs")
            let holder = try await DaemonTests.holdSnapshot(doomed)
            let daemon = try await Daemon.start(on: [doomed, database])
            try await DaemonTests.waitForEndOfBuild(doomed)
            try await database.administer("DROP DATABASE \(Identifier(doomed.name)) WITH (FORCE)")
            holder.close()
            // Its role is still there: without that the server would say no more than that the login failed.
            try await daemon.wait(for: "database \"\(doomed.name)\" does not exist")
            await doomed.drop()
            try await expectService(of: database, by: daemon)
        }
    }
}
