import Advisor
import DatabaseFixture
import Postgres
import Synchronization
import Testing

@testable import Maintenance

@Suite("Carrying out a job", .timeLimit(.minutes(5)))
struct JobRunnerTests {
    /// What a job has written down, and the number of writes after which its program is gone.
    private final class Journal: Sendable {
        struct Killed: Error {}

        private let state: Mutex<(record: JobRecord, states: [JobState])>
        private let writes: Int

        init(_ record: JobRecord, diesAfter writes: Int = .max) {
            state = Mutex((record, []))
            self.writes = writes
        }

        var record: JobRecord { state.withLock { $0.record } }
        var states: [JobState] { state.withLock { $0.states } }

        func save(_ record: JobRecord) throws(PostgresError) {
            let count = state.withLock { state in
                state.record = record
                state.states.append(record.state)
                return state.states.count
            }
            if count >= writes { throw PostgresError(.cancelled, "killed") }
        }
    }

    private static let everythingActs = PolicyLayer(
        rules: Dictionary(uniqueKeysWithValues: RuleBook.all.map { ($0.name, RuleOverride(mode: .act)) })
    )

    /// The records of the jobs that the rules ask for, as a queue would hold them.
    private func records(_ database: TestDatabase, kind: String) async throws -> [JobRecord] {
        let assessment = try await assess(database, layers: [Self.everythingActs])
        return assessment.plan.jobs.filter { $0.kind == kind && $0.disposition == .act }.enumerated().map {
            number,
            job in
            let collection = assessment.observation.collections.first { $0.name == job.collection }
            let old = collection?.relations[0].indexes.first { $0.name == JobNames(job).old }
            return JobRecord(
                id: Int64(number + 1),
                job: job,
                oldIndex: old.map { IndexIdentity(oid: $0.oid, relfilenode: $0.relfilenode) }
            )
        }
    }

    private func runner(_ database: TestDatabase) throws -> JobRunner {
        JobRunner(target: try database.target(), connectTimeout: .seconds(30))
    }

    private func carryOut(_ journal: Journal, on database: TestDatabase) async throws -> JobRunner.Outcome {
        try await runner(database).carryOut(journal.record) { (record) throws(PostgresError) in
            try journal.save(record)
        }
    }

    /// The vector indexes of a table: name, and whether queries can use it.
    private func indexes(_ database: TestDatabase, _ collection: String = "public.docs.vec") async throws -> [String:
        Bool]
    {
        let found = try await assess(database).collection(collection).relations[0].indexes
        return Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.isUsable) })
    }

    /// An IVFFlat index named by a person, or as vecs would name it, whose table has outgrown it.
    private func outgrown(_ name: String) -> String {
        table("docs", rows: 1_600) + """
            CREATE INDEX \(name) ON docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);
            INSERT INTO docs SELECT * FROM docs UNION ALL SELECT * FROM docs;
            """
    }

    private static let names = ["by_hand", "ix_vector_cosine_ops_ivfflat_nl30_0a1b2c3"]

    @Test("a rebuild ends with the new index alone, whoever named the old one", arguments: TestServer.all, names)
    func rebuild(server: TestServer, name: String) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown(name))
            let journal = Journal(try #require(try await records(database, kind: "rebuild_index").first))
            guard case .done = try await carryOut(journal, on: database) else {
                Issue.record("it is not done")
                return
            }
            let left = try await indexes(database)
            #expect(left == [journal.record.job.targets[0].finishedName: true])
            #expect(journal.states == [.running, .swapping, .cleaning])
            let oid = try await assess(database).collection("public.docs.vec").relations[0].indexes[0].oid
            #expect(oid == journal.record.newIndex?.oid)
        }
    }

    @Test(
        "killed after any of its records, it is begun again and ends as if it had not been",
        arguments: names,
        1...3
    )
    func killed(name: String, writes: Int) async throws {
        for server in TestServer.all {
            try await withDatabase(on: server) { database in
                try await database.execute(outgrown(name))
                let first = Journal(
                    try #require(try await records(database, kind: "rebuild_index").first),
                    diesAfter: writes
                )
                await #expect(throws: PostgresError.self) { try await carryOut(first, on: database) }
                #expect(first.states.count == writes)
                let between = try await indexes(database)
                #expect(between.values.contains(true), "no moment without an index")
                let second = Journal(first.record)
                guard case .done = try await carryOut(second, on: database) else {
                    Issue.record("it is not done")
                    return
                }
                #expect(try await indexes(database) == [first.record.job.targets[0].finishedName: true])
            }
        }
    }

    /// A transaction whose snapshot holds up the end of every concurrent build.
    private func withOldSnapshot(
        _ database: TestDatabase,
        _ body: (inout Connection) async throws -> Void
    ) async throws {
        var holder = try await database.connect()
        _ = try await holder.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
        _ = try await holder.query("SELECT count(*) FROM pg_class")
        try await body(&holder)
    }

    private func waitForBuild(in phase: String, _ database: TestDatabase) async throws {
        var watcher = try await database.connect()
        while true {
            // Of this database: other tests build in theirs.
            let phases = try await watcher.query(
                "SELECT phase FROM pg_stat_progress_create_index WHERE datname = current_database()"
            )
            if try phases.contains(where: { try $0["phase", as: String.self] == phase }) { return }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test("a build goes on when its program stops, and the next one adopts it", arguments: TestServer.all)
    func adoption(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await records(database, kind: "rebuild_index").first))
            try await withOldSnapshot(database) { holder in
                let first = Task { try await carryOut(journal, on: database) }
                try await waitForBuild(in: "waiting for old snapshots", database)
                first.cancel()
                await #expect(throws: PostgresError.self) { _ = try await first.value }
                #expect(journal.record.attempts == 1)

                let second = Task { try await carryOut(journal, on: database) }
                try await waitForBuild(in: "waiting for old snapshots", database)
                _ = try await holder.query("COMMIT")
                guard case .done = try await second.value else {
                    Issue.record("it is not done")
                    return
                }
            }
            #expect(journal.record.attempts == 1, "it was not built twice")
            #expect(try await indexes(database) == ["by_hand": true])
        }
    }

    @Test(
        "an ANALYZE that queues behind a build kills it; it is cleaned up, and done at the next try",
        arguments: TestServer.all
    )
    func deadlock(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await records(database, kind: "rebuild_index").first))
            var writer = try await database.connect()
            _ = try await writer.query("BEGIN")
            _ = try await writer.query("INSERT INTO docs SELECT * FROM docs LIMIT 1")
            let build = Task { try await carryOut(journal, on: database) }
            try await waitForBuild(in: "waiting for writers before build", database)
            let intruder = Task { try await database.execute("ANALYZE docs") }
            // Past its own look for deadlocks, so that it is the build which finds the deadlock at its end.
            var watcher = try await database.connect()
            let queued: Statement = """
                SELECT FROM pg_locks
                WHERE locktype = 'relation' AND NOT granted AND clock_timestamp() - waitstart > INTERVAL '1.5 s'
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """
            while try await watcher.query(queued).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            _ = try await writer.query("COMMIT")
            let outcome = try await build.value
            try await intruder.value
            guard case .failed(let error) = outcome else {
                Issue.record("it did not fail: \(outcome)")
                return
            }
            #expect(error.sqlState == .deadlockDetected)
            #expect(try await indexes(database) == ["by_hand": true], "the old index is there, and no leftover")
            guard case .done = try await carryOut(journal, on: database) else {
                Issue.record("it is not done")
                return
            }
            #expect(try await indexes(database) == ["by_hand": true])
            #expect(journal.record.attempts == 2)
        }
    }

    @Test("what the server refuses fails with its words and leaves nothing behind", arguments: TestServer.all)
    func refused(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(1536));
                INSERT INTO docs SELECT g, array_fill(g::real, ARRAY[1536])::vector FROM generate_series(1, 1600) AS g;
                CREATE INDEX by_hand ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                INSERT INTO docs SELECT * FROM docs UNION ALL SELECT * FROM docs;
                """
            )
            var record = try #require(try await records(database, kind: "rebuild_index").first)
            record.job.settings?.maintenanceWorkMemoryBytes = 2 << 20
            record.job.settings?.parallelWorkers = 0
            let outcome = try await carryOut(Journal(record), on: database)
            guard case .failed(let error) = outcome else {
                Issue.record("it did not fail: \(outcome)")
                return
            }
            #expect(error.message.contains("memory required"))
            #expect(try await indexes(database) == ["by_hand": true])
        }
    }

    @Test("a table that is gone, or an index that somebody rebuilt, calls the job off", arguments: TestServer.all)
    func calledOff(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let record = try #require(try await records(database, kind: "rebuild_index").first)
            try await database.execute("REINDEX INDEX by_hand")
            guard case .calledOff(let why) = try await carryOut(Journal(record), on: database) else {
                Issue.record("it was not called off")
                return
            }
            #expect(why.contains("rebuilt the index"))
            try await database.execute("DROP TABLE docs")
            guard case .calledOff = try await carryOut(Journal(record), on: database) else {
                Issue.record("it was not called off")
                return
            }
        }
    }

    @Test(
        "a missing index is created, a leftover of its own dropped, and statistics refreshed",
        arguments: TestServer.all
    )
    func otherKinds(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let steps = [
                ("analyze", table("docs", rows: 1_600)),
                (
                    "drop_index",
                    """
                    CREATE INDEX vecsteward_build_1 ON docs USING hnsw (vec vector_l2_ops);
                    UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'vecsteward_build_1'::regclass;
                    """
                ),
                ("create_index", "SELECT 1"),
            ]
            for (kind, preparation) in steps {
                try await database.execute(preparation)
                let journal = Journal(try #require(try await records(database, kind: kind).first))
                guard case .done = try await carryOut(journal, on: database) else {
                    Issue.record("\(kind) is not done")
                    return
                }
            }
            let left = try await indexes(database)
            #expect(left.count == 1)
            #expect(left.allSatisfy { $0.key.hasPrefix("ix_vector_cosine_ops_hnsw") && $0.value })
            #expect(try await assess(database, layers: [Self.everythingActs]).plan.jobs.isEmpty)
        }
    }
}
