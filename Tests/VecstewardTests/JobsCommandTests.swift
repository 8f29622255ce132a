import DatabaseFixture
import Postgres
import Testing

@Suite("jobs", .timeLimit(.minutes(15)))
struct JobsCommandTests {
    private func jobs(_ arguments: [String], on database: TestDatabase) async throws -> ProgramRun {
        try await ProgramRun.of(
            ["jobs"] + arguments + ["--database", database.stewardConnection()] + ProgramRun.patiently,
            in: TemporaryFolder(),
            environment: ["PGPASSWORD": database.server.password()]
        )
    }

    /// A database in which one job is done: an ANALYZE of a table that nobody has analyzed.
    private func runQueuedJobs(_ database: TestDatabase) async throws {
        try await database.execute(
            """
            CREATE TABLE "my docs" (vec vector(3));
            INSERT INTO "my docs" SELECT '[1,2,3]' FROM generate_series(1, 2000);
            """
        )
        try await database.waitForEndOfSessions()
        let run = try await ProgramRun.of(
            ["run", "--once", "--database", database.stewardConnection()] + ProgramRun.patiently,
            in: TemporaryFolder(),
            environment: ["PGPASSWORD": database.server.password()]
        )
        #expect(run.status == 0, "\(run.errors)")
    }

    @Test("says that there is no queue before the first run", arguments: TestServer.all)
    func none(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let run = try await jobs(["list"], on: database)
            #expect(run.status == 64)
            #expect(run.errors.contains("this database has no queue"))
            #expect(run.errors.contains("run --once"))
        }
    }

    @Test(
        "a state of another version of the program is no mistake of this one, whatever the command",
        arguments: TestServer.all,
        [
            ["jobs", "list"], ["jobs", "show", "1"], ["jobs", "retry", "1"], ["jobs", "cancel", "1"],
            ["create-index", "docs"],
            ["rebuild", "docs"], ["run", "--once"],
        ]
    )
    func otherVersion(server: TestServer, command: [String]) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(3));
                INSERT INTO docs SELECT g, '[1,2,3]' FROM generate_series(1, 100) AS g;
                CREATE INDEX docs_idx ON docs USING hnsw (vec vector_l2_ops);
                """
            )
            try await runQueuedJobs(database)
            try await database.administer("INSERT INTO vecsteward.migration (version) VALUES (999)")
            let newer = try await database.run(command)
            #expect(newer.status == 69, "\(newer.errors)")
            #expect(newer.errors.contains("the schema vecsteward has version 999"), "\(newer.errors)")
            #expect(
                newer.errors.contains("Use the version of vecsteward that created it, or a later one"),
                "\(newer.errors)"
            )
            #expect(!newer.errors.contains("mistake in vecsteward"))
            guard command[0] == "jobs" else { return }
            try await database.administer(
                """
                DELETE FROM vecsteward.migration
                WHERE version = 999 OR version = (SELECT max(version) FROM vecsteward.migration WHERE version < 999)
                """
            )
            let older = try await database.run(command)
            #expect(older.status == 69, "\(older.errors)")
            #expect(older.errors.contains("upgrades the schema"), "\(older.errors)")
        }
    }

    @Test("says of a rebuild what the index found before and after it, once both are known", arguments: TestServer.all)
    func recall(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(3));
                INSERT INTO docs SELECT g, ARRAY[g, 1, 2]::vector FROM generate_series(1, 100) AS g;
                CREATE INDEX docs_idx ON docs USING hnsw (vec vector_l2_ops);
                ANALYZE docs;
                """
            )
            let rebuilt = try await database.run(["rebuild", "docs"])
            #expect(rebuilt.status == 0, "\(rebuilt.errors)")
            let line = "  recall@10 .810 -> .930 at ef_search 40\n"
            #expect(try await !jobs(["list"], on: database).output.contains("recall@10"))
            try await database.administer(
                """
                INSERT INTO vecsteward.evidence (
                    kind, index_oid, index_relfilenode, rows, writes, names, figures, setting_names, setting_values
                )
                SELECT 'recall', oid, relfilenode, 100, 0, '{recall,k,beforeRebuild}', '{0.93,10,0.81}',
                    '{hnsw.ef_search,hnsw.iterative_scan}', '{40,off}'
                FROM pg_class WHERE relname = 'docs_idx'
                """
            )
            for arguments in [["list"], ["show", "1"]] {
                let run = try await jobs(arguments, on: database)
                #expect(run.output.contains(line), "\(run.text)")
            }
        }
    }

    @Test("lists what was done and shows its SQL", arguments: TestServer.all)
    func listed(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await runQueuedJobs(database)
            let list = try await jobs([], on: database)
            #expect(list.status == 0)
            #expect(list.output.contains("job 1  done  public.my docs.vec: ANALYZE, because never analyzed"))
            let show = try await jobs(["show", "1"], on: database)
            #expect(show.output.contains("tried 1 time; its SQL:\n  ANALYZE \"public\".\"my docs\";\n"))
            let missing = try await jobs(["show", "7"], on: database)
            #expect(missing.status == 64)
            #expect(missing.errors.contains("job 7 does not exist"))
        }
    }

    @Test("a failed job says why, and is tried again when a person says so", arguments: TestServer.all)
    func failed(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await runQueuedJobs(database)
            try await database.administer(
                """
                UPDATE vecsteward.job
                SET state = 'failed', failure_sqlstate = '53100', failure_message = E'no \\x1b[31mspace', failure_hint = 'Free some.'
                """
            )
            let list = try await jobs(["list"], on: database)
            #expect(list.output.contains("job 1  failed  "))
            #expect(list.output.contains("  failed: no \\u{1B}[31mspace (53100)\n  HINT: Free some.\n"))
            #expect(try await jobs(["retry", "1"], on: database).status == 0)
            #expect(
                try await database.number("SELECT count(*) AS number FROM vecsteward.job WHERE state = 'queued'") == 1
            )
            let tooMuch = try await jobs(["retry", "1"], on: database)
            #expect(tooMuch.status == 64)
            #expect(tooMuch.errors.contains("job 1 is queued"))
            // What it may have left behind is cleaned up by whoever works in the database next.
            #expect(try await jobs(["cancel", "1"], on: database).output.contains("job 1 will be cancelled"))
            let again = try await jobs(["cancel", "1"], on: database)
            #expect(again.status == 64)
            #expect(again.errors.contains("job 1 is already being cancelled"))
        }
    }

    @Test("a job that nobody has begun is cancelled at once, and makes room for another", arguments: TestServer.all)
    func cancelledBeforeItBegan(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.fill("docs", rows: 2_000)
            let request = ["create-index", "docs", "--method", "hnsw", "--no-wait"]
            #expect(try await database.run(request).status == 0)
            #expect(try await jobs(["cancel", "1"], on: database).output == "job 1 was cancelled before it started\n")
            let again = try await jobs(["cancel", "1"], on: database)
            #expect(again.status == 64)
            #expect(again.errors.contains("job 1 is already cancelled"))
            #expect(try await database.run(request + ["--m", "8"]).output.contains("job 2 queued"))
        }
    }

    @Test(
        "a wrong command line is told, with a hint",
        arguments: [
            (["retry"], "needs a job number"), (["list", "1"], "takes no number"),
            (["drop", "1"], "is invalid for '<action>'"), (["show", "x"], "is invalid for '<job>'"),
        ]
    )
    func usage(arguments: [String], message: String) async throws {
        let run = try await ProgramRun.of(["jobs"] + arguments + ["--database", "dbname=x"], in: TemporaryFolder())
        #expect(run.status == 64)
        #expect(run.errors.contains(message), "\(run.errors)")
        #expect(run.errors.contains("HINT: "))
    }
}
