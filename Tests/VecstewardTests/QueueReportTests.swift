import DatabaseFixture
import Postgres
import Testing

@Suite("A dry run beside a daemon of another role", .serialized, .timeLimit(.minutes(15)))
struct QueueReportTests {
    private static let roles = ["owner", "steward", "reader"]

    private func role(_ name: String, _ database: TestDatabase) -> String { "\(name)_\(database.name)" }

    /// Runs what `grants` prints.
    private func grant(_ purpose: String, to name: String, in database: TestDatabase) async throws {
        let grants = try await ProgramRun.of(
            ["grants", "--role", role(name, database), "--for", purpose, "--database", database.connection()]
                + ProgramRun.patiently,
            in: TemporaryFolder(),
            environment: ["PGPASSWORD": database.server.password()]
        )
        #expect((grants.status, grants.errors) == (0, ""))
        try await database.administer(grants.output)
        try await database.administer("ALTER ROLE \(Identifier(role(name, database))) PASSWORD 'few'")
    }

    private func report(_ arguments: [String] = [], on database: TestDatabase) async throws -> ProgramRun {
        try await ProgramRun.dryRun(on: database, arguments, user: role("reader", database), password: "few")
    }

    @Test("shows its queue, how far it is, who holds it up, and the baselines it records", arguments: TestServer.all)
    func daemon(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let result = await Task { try await watched(database) }.result
            for name in Self.roles {
                let role = Identifier(role(name, database))
                try? await database.administer("DROP OWNED BY \(role) CASCADE; DROP ROLE \(role)")
            }
            try result.get()
        }
    }

    private func watched(_ database: TestDatabase) async throws {
        let owner = Identifier(role("owner", database))
        try await database.administer(
            """
            CREATE ROLE \(owner);
            CREATE SCHEMA data AUTHORIZATION \(owner);
            CREATE TABLE data.docs (id bigint, vec vector(3));
            INSERT INTO data.docs SELECT g, ARRAY[g, 1, 2]::vector FROM generate_series(1, 1500) AS g;
            CREATE INDEX docs_vec_idx ON data.docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
            INSERT INTO data.docs SELECT g, ARRAY[g, 1, 2]::vector FROM generate_series(1501, 4000) AS g;
            ALTER TABLE data.docs OWNER TO \(owner);
            """
        )
        try await database.waitForEndOfSessions()
        try await grant("maintain", to: "steward", in: database)
        var holder = try await database.connect(applicationName: "a report that takes long")
        _ = try await holder.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
        _ = try await holder.query("SELECT FROM pg_class LIMIT 1")
        let daemon = try await Daemon.start(on: [database], user: role("steward", database), password: "few")
        try await database.wait(
            until: """
                SELECT count(*) AS number FROM pg_stat_progress_create_index
                WHERE datname = current_database() AND phase = 'waiting for old snapshots'
                """
        )
        try await grant("report", to: "reader", in: database)
        let during = try await report(["--exit-code"], on: database)
        #expect(during.status == 1)
        for part in [
            "\nThe queue has 1 job:\n", " is running: rebuild docs_vec_idx on data.docs\n",
            "\n     waiting for old snapshots, 100% of all\n", "(a report that takes long), idle in transaction",
        ] {
            #expect(during.output.contains(part), "\(part) is not in:\n\(during.output)")
        }
        #expect(!during.output.contains("would run: rebuild"))
        #expect(!during.output.contains("\n  ! Role "), "\(during.output)")

        _ = try await holder.query("COMMIT")
        try await database.waitForEmptyQueue()
        #expect(await daemon.end() == 0)
        let after = try await report(["--format", "json"], on: database)
        #expect(after.output.contains("\"source\": \"recorded\""))
        #expect(after.output.contains("\"total\": 0,"))
        #expect(!after.output.contains("\"rule\": \"outgrown\""))
    }

    @Test("shows a failed job and how to go on, and does not say that it would be done", arguments: TestServer.all)
    func failed(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (vec vector(3));
                INSERT INTO docs SELECT '[1,2,3]' FROM generate_series(1, 2000);
                """
            )
            try await database.waitForEndOfSessions()
            let run = try await ProgramRun.of(
                ["run", "--once", "--database", database.stewardConnection()] + ProgramRun.patiently,
                in: TemporaryFolder(),
                environment: ["PGPASSWORD": database.server.password()]
            )
            #expect(run.status == 0, "\(run.errors)")
            try await database.administer(
                """
                UPDATE vecsteward.job SET state = 'failed', failure_sqlstate = '53100',
                    failure_message = E'no \\x1b[31mspace', failure_hint = 'Free some.';
                INSERT INTO docs SELECT '[1,2,3]' FROM generate_series(1, 20000);
                """
            )
            try await database.waitForEndOfSessions()
            let text = try await ProgramRun.dryRun(on: database)
            let way = "vecsteward jobs retry 1 tries it again, vecsteward jobs cancel 1 cancels it"
            for part in [
                "\n  -> job 1 failed: ANALYZE\n     failed: no \\u{1B}[31mspace (SQLSTATE 53100)\n     \(way)\n",
                "\nThe queue has 1 job, of which 1 failed and waits for a person:\n  job 1 failed: ANALYZE public.docs\n",
                "\n     HINT: Free some.\n",
            ] {
                #expect(text.output.contains(part), "\(part) is not in:\n\(text.output)")
            }
            let words = text.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(words.hasSuffix(" The queue holds 1 job; 1 failed and waits for a person."), "\(text.output)")
            let json = try await ProgramRun.dryRun(on: database, ["--format", "json", "--exit-code"])
            #expect(json.status == 1)
            let job = try #require(try json.report().databases[0].jobs?.first { $0.kind == "analyze" })
            #expect(job.disposition == "failed")
            #expect(job.why?.contains(way) == true)
        }
    }
}
