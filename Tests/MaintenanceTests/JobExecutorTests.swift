import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Carrying out a job", .timeLimit(.minutes(15)))
struct JobExecutorTests {
    private static let names = ["by_hand", "ix_vector_cosine_ops_ivfflat_nl30_0a1b2c3"]

    @Test("a rebuild ends with the new index alone, whoever named the old one", arguments: TestServer.all, names)
    func rebuild(server: TestServer, name: String) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown(name))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            guard case .done = try await carryOut(journal, on: database) else {
                Issue.record("it is not done")
                return
            }
            let left = try await usableIndexes(database)
            #expect(left == [journal.record.job.targets[0].finishedName: true])
            #expect(journal.states == [.running, .proving, .swapping, .cleaning])
            let oid = try await assess(database).collection("public.docs.vec").relations[0].indexes[0].oid
            #expect(oid == journal.record.newIndex?.oid)
        }
    }

    @Test(
        "killed after any of its records, it is begun again and ends as if it had not been",
        arguments: names,
        1...4
    )
    func killed(name: String, writes: Int) async throws {
        for server in TestServer.all {
            try await withDatabase(on: server) { database in
                try await database.execute(outgrown(name))
                let first = Journal(
                    try #require(try await jobRecords(database, kind: "rebuild_index").first),
                    diesAfter: writes
                )
                await #expect(throws: PostgresError.self) { try await carryOut(first, on: database) }
                #expect(first.states.count == writes)
                let between = try await usableIndexes(database)
                #expect(between.values.contains(true), "no moment without an index")
                let second = Journal(first.record)
                guard case .done = try await carryOut(second, on: database) else {
                    Issue.record("it is not done")
                    return
                }
                #expect(try await usableIndexes(database) == [first.record.job.targets[0].finishedName: true])
            }
        }
    }

    @Test("a build goes on when its program stops, and the next one adopts it", arguments: TestServer.all)
    func adoption(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            try await withOldSnapshot(database) { holder in
                let first = Task { try await carryOut(journal, on: database) }
                try await waitForBuild(in: "waiting for old snapshots", database)
                first.cancel()
                await #expect(throws: PostgresError.self) { _ = try await first.value }
                #expect(journal.record.attempts == 1)

                let second = Task { try await carryOut(journal, on: database) }
                while !journal.words.contains(where: { $0.contains("is still running this job") }) {
                    try await Task.sleep(for: .milliseconds(20))
                }
                _ = try await holder.query("COMMIT")
                guard case .done = try await second.value else {
                    Issue.record("it is not done")
                    return
                }
            }
            #expect(journal.record.attempts == 1, "it was not built twice")
            #expect(try await usableIndexes(database) == ["by_hand": true])
        }
    }

    @Test(
        "an ANALYZE that queues behind a build kills it; it is cleaned up, and done at the next try",
        arguments: TestServer.all
    )
    func deadlock(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let journal = Journal(try #require(try await jobRecords(database, kind: "rebuild_index").first))
            var writer = try await openWriter(in: database)
            let build = Task { try await carryOut(journal, on: database) }
            try await waitForBuild(in: "waiting for writers before build", database)
            let intruder = Task { try await database.execute("ANALYZE docs") }
            // Past its own deadlock check, so that it is the build which finds the deadlock at its end.
            var watcher = try await database.connect()
            let isQueued: Statement = """
                SELECT FROM pg_locks
                WHERE locktype = 'relation' AND NOT granted AND clock_timestamp() - waitstart > INTERVAL '1.5 s'
                    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                """
            while try await watcher.query(isQueued).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
            _ = try await writer.query("COMMIT")
            let outcome = try await build.value
            try await intruder.value
            guard case .failed(let error) = outcome else {
                Issue.record("it did not fail: \(outcome)")
                return
            }
            #expect(error.sqlState == .deadlockDetected)
            #expect(error.message.contains("application 'vecsteward tests', waiting for ShareUpdateExclusiveLock"))
            #expect(error.hint?.contains("vecsteward retries") == true)
            let queued = journal.words.filter { $0.contains("waits for a lock on the table behind the build") }
            #expect(queued.count == 1, "reported at once, and once")
            #expect(queued.allSatisfy { $0.contains("may end the build, or the statement that waits") })
            #expect(error.hint?.contains("it can be the other statement") == true)
            #expect(try await usableIndexes(database) == ["by_hand": true], "the old index is there, and no leftover")
            guard case .done = try await carryOut(journal, on: database) else {
                Issue.record("it is not done")
                return
            }
            #expect(try await usableIndexes(database) == ["by_hand": true])
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
            var record = try #require(try await jobRecords(database, kind: "rebuild_index").first)
            record.job.settings?.maintenanceWorkMemoryBytes = 2 << 20
            record.job.settings?.parallelWorkers = 0
            let outcome = try await carryOut(Journal(record), on: database)
            guard case .failed(let error) = outcome else {
                Issue.record("it did not fail: \(outcome)")
                return
            }
            #expect(error.message.contains("memory required"))
            #expect(try await usableIndexes(database) == ["by_hand": true])
        }
    }

    @Test("a table that is gone, or an index that somebody rebuilt, calls the job off", arguments: TestServer.all)
    func cancelled(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(outgrown("by_hand"))
            let record = try #require(try await jobRecords(database, kind: "rebuild_index").first)
            try await database.execute("REINDEX INDEX by_hand")
            guard case .cancelled(let why) = try await carryOut(Journal(record), on: database) else {
                Issue.record("it was not cancelled")
                return
            }
            #expect(why.contains("rebuilt the index"))
            try await database.execute("DROP TABLE docs")
            guard case .cancelled = try await carryOut(Journal(record), on: database) else {
                Issue.record("it was not cancelled")
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
                // An index becomes invalid by a superuser's hand only.
                if kind == "drop_index" {
                    try await database.administer(preparation)
                } else {
                    try await database.execute(preparation)
                }
                let journal = Journal(try #require(try await jobRecords(database, kind: kind).first))
                guard case .done = try await carryOut(journal, on: database) else {
                    Issue.record("\(kind) is not done")
                    return
                }
            }
            let left = try await usableIndexes(database)
            #expect(left.count == 1)
            #expect(left.allSatisfy { $0.key.hasPrefix("ix_vector_cosine_ops_hnsw") && $0.value })
            #expect(try await assess(database, layers: [everythingActs]).plan.jobs.isEmpty)
        }
    }
}
