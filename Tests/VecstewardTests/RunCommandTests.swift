import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("run --once", .timeLimit(.minutes(15)))
struct RunCommandTests {
    /// A vecs collection with an IVFFlat index, grown to a number of rows since.
    private func fill(_ database: TestDatabase, grownTo rows: Int) async throws {
        _ = try await VecsClient.run(
            """
            from vecs import IndexMethod
            docs = vx.get_or_create_collection(name="docs", dimension=8)
            docs.upsert([(str(i), np.random.rand(8), {}) for i in range(1500)])
            docs.create_index(method=IndexMethod.ivfflat)
            docs.upsert([(str(i), np.random.rand(8), {}) for i in range(1500, \(rows))])
            """,
            on: database
        )
    }

    private func runOnce(
        on database: TestDatabase,
        prefix: [String] = [],
        meanwhile: (pid_t) async throws -> Void = { _ in }
    ) async throws -> ProgramRun {
        try await ProgramRun.of(
            ["run", "--once", "--database", database.stewardConnection()] + ProgramRun.patiently,
            in: TemporaryFolder(),
            environment: ["PGPASSWORD": database.server.password()],
            prefix: prefix,
            meanwhile: meanwhile
        )
    }

    private func indexes(_ database: TestDatabase) async throws -> [String] {
        try await database.query(
            """
            SELECT class.relname AS name
            FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
            WHERE index.indrelid = 'vecs.docs'::regclass AND NOT index.indisprimary AND class.relam >= 16384
                AND index.indisvalid AND index.indisready
            """
        ).map { row throws(PostgresError) in try row["name", as: String.self] }
    }

    /// The file of the index, which each build changes.
    private func file(_ database: TestDatabase) async throws -> Int64 {
        try await database.number(
            """
            SELECT max(class.relfilenode::int8) AS number
            FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
            WHERE index.indrelid = 'vecs.docs'::regclass AND class.relam >= 16384
            """
        )
    }

    @Test("rebuilds what has outgrown its index, once, and a vecs client finds the new one", arguments: TestServer.all)
    func rebuild(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database, grownTo: 3_001)
            let old = try await indexes(database)
            let before = try await file(database)
            let first = try await runOnce(on: database)
            #expect(first.status == 0, "\(first.errors)")
            #expect(first.errors.contains("queued: vecs.docs: rebuild \(old[0]), because grown to 2 times"))
            #expect(first.errors.contains(" done in "))
            let new = try await indexes(database)
            #expect(new.count == 1)
            #expect(try await file(database) != before)
            let answer = try await VecsClient.run(
                """
                import warnings
                warnings.simplefilter("error")
                docs = vx.get_or_create_collection(name="docs", dimension=8)
                print(docs.index, len(docs.query(np.random.rand(8), limit=10)))
                """,
                on: database
            )
            #expect(answer == "\(new[0]) 10\n")

            let second = try await runOnce(on: database)
            #expect((second.status, second.errors) == (0, ""), "there is nothing to do any more")
            // ANALYZE takes the count of the build from the catalog; the record keeps it.
            try await database.execute("ANALYZE vecs.docs")
            let report = try await ProgramRun.dryRun(on: database)
            #expect(report.output.contains("the rows that the index held when vecsteward built it"))
        }
    }

    @Test("does nothing at exactly twice the rows", arguments: TestServer.all)
    func twice(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database, grownTo: 3_000)
            try await database.administer("ANALYZE (SKIP_LOCKED) pg_class")
            let old = try await indexes(database)
            let run = try await runOnce(on: database)
            #expect(run.status == 0)
            #expect(!run.errors.contains("rebuild"))
            #expect(try await indexes(database) == old)
        }
    }

    @Test("leaves a database to whoever acts there already", arguments: TestServer.all)
    func another(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database, grownTo: 3_001)
            var leader = try await database.connect()
            _ = try await leader.query("SELECT pg_try_advisory_lock(1986356083, 1937007991)")
            let run = try await runOnce(on: database)
            #expect(run.status == 0)
            #expect(run.errors.contains("another instance is the leader"))
            #expect(try await database.number(TestDatabase.stateTables) == 0)
        }
    }

    @Test(
        "killed in the middle of a build, the next run finishes that build and begins no other",
        arguments: TestServer.all
    )
    func killed(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database, grownTo: 3_001)
            let old = try await indexes(database)
            let before = try await file(database)
            // A snapshot that the end of the build has to wait for.
            var holder = try await database.connect()
            _ = try await holder.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
            _ = try await holder.query("SELECT FROM pg_class LIMIT 1")
            let shell = ["/bin/sh", "-c", "\"$@\"; exit 0", "sh"]
            _ = try await runOnce(on: database, prefix: shell) { process in
                try await waitForEndOfBuild(database)
                let children = try String(contentsOfFile: "/proc/\(process)/task/\(process)/children", encoding: .utf8)
                for child in children.split(separator: " ") { kill(pid_t(child) ?? 0, SIGKILL) }
            }
            #expect(try await indexes(database) == old)
            let next = try await runOnce(on: database) { _ in
                try await waitForEndOfBuild(database)
                _ = try await holder.query("COMMIT")
            }
            #expect(next.status == 0)
            #expect(next.errors.contains(" resumes: vecs.docs: rebuild"))
            let new = try await indexes(database)
            #expect(new.count == 1)
            #expect(try await file(database) != before)
            #expect(
                try await database.number(
                    "SELECT sum(attempts) AS number FROM vecsteward.job WHERE kind = 'rebuild_index'"
                ) == 1
            )
            #expect(
                try await database.number("SELECT count(*) AS number FROM vecsteward.job WHERE state <> 'done'") == 0
            )
        }
    }

    @Test("a job cancelled before it begins never runs, and the others are done", arguments: TestServer.all)
    func cancelled(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            for name in ["first", "second"] {
                try await database.fill(name, rows: 2_000)
                try await database.execute("ANALYZE \(name)")
                let request = try await database.run(["create-index", name, "--method", "hnsw", "--no-wait"])
                #expect(request.status == 0, "\(request.text)")
            }
            // As VACUUM does, which a build waits for before it begins.
            var holder = try await database.connect()
            _ = try await holder.query("BEGIN")
            _ = try await holder.query("LOCK TABLE first IN SHARE UPDATE EXCLUSIVE MODE")
            let run = try await runOnce(on: database) { _ in
                try await database.wait(
                    until: """
                        SELECT count(*) AS number FROM pg_stat_activity
                        WHERE datname = current_database() AND application_name = 'vecsteward job 1'
                        """
                )
                let cancel = try await database.run(["jobs", "cancel", "1"])
                #expect(cancel.output == "job 1 was cancelled before it started\n", "\(cancel.text)")
            }
            #expect(run.status == 0, "\(run.errors)")
            #expect(run.errors.contains("job 1 cancelled: "), "\(run.errors)")
            #expect(run.errors.contains("job 2 done in "), "\(run.errors)")
            _ = try await holder.query("COMMIT")
        }
    }

    private func waitForEndOfBuild(_ database: TestDatabase) async throws {
        let waiting = """
            SELECT count(*) AS number FROM pg_stat_progress_create_index
            WHERE datname = current_database() AND phase = 'waiting for old snapshots'
            """
        while try await database.number(waiting) == 0 { try await Task.sleep(for: .milliseconds(20)) }
    }

    @Test("needs no report")
    func usage() async throws {
        let folder = TemporaryFolder()
        let report = try await ProgramRun.of(["--dry-run", "run", "--once"], in: folder)
        #expect(report.status == 64)
        #expect(report.errors.contains("run makes no report"))
    }
}
