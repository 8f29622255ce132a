import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("Jobs that are refused, or fail", .timeLimit(.minutes(15)))
struct RefusedJobTests {
    private static let done =
        "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"

    private func jobs(
        _ arguments: [String],
        on database: TestDatabase,
        role: Identifier? = nil
    ) async throws -> ProgramRun {
        let connection =
            if let role { try database.connection(user: role.name) } else { try await database.stewardConnection() }
        return try await ProgramRun.of(
            ["jobs"] + arguments + ["--database", connection] + ProgramRun.patiently,
            in: TemporaryFolder(),
            environment: ["PGPASSWORD": role == nil ? database.server.password() : "few"]
        )
    }

    @Test("too little memory: the number that the report asks for is enough", arguments: TestServer.all)
    func memory(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs AS SELECT g AS id, array_fill(sin(g)::real, ARRAY[512])::vector(512) AS vec
                FROM generate_series(1, 1500) AS g;
                CREATE INDEX ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                INSERT INTO docs SELECT * FROM docs UNION ALL SELECT * FROM docs;
                """
            )
            try await database.waitForEndOfSessions()
            let poor = try await Daemon.start(on: [database], maintenance: "\"memory\": \"1MB\"")
            try await poor.wait(for: "this instance is the leader")
            try await poor.waitForNextPoll(database)
            #expect(try await database.attempts("rebuild_index") == 0)
            #expect(await poor.end() == 0)

            let folder = TemporaryFolder()
            let path = folder.make(
                "config.json",
                """
                {"databases": [{"connection": "\(try await database.stewardConnection())"}], "maintenance": {"memory": "1MB"}}
                """
            )
            let report = try await ProgramRun.of(
                ["--dry-run", "--config", path],
                in: folder,
                environment: ["PGPASSWORD": server.password()]
            )
            let match = try #require(
                report.output.replacing(/\s+/, with: " ")
                    .firstMatch(of: /IVFFlat needs \d+ MB of memory .* set maintenance.memory = ("\d+MB")/),
                "\(report.output)"
            )
            let rich = try await Daemon.start(on: [database], maintenance: "\"memory\": \(match.1)")
            try await database.wait(until: Self.done)
            #expect(await rich.end() == 0)
        }
    }

    @Test("too few rows: it is done as soon as there are as many as were asked for", arguments: TestServer.all)
    func rows(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs AS SELECT g AS id, ('[' || g || ',1,2]')::vector(3) AS vec
                FROM generate_series(1, 1200) AS g
                """
            )
            try await database.waitForEndOfSessions()
            let configuration = """
                {
                    "databases": [{"name": "here", "connection": "\(try await database.stewardConnection())"}],
                    "poll": {"every": "1s"}, "index": {"method": "ivfflat", "measure": "cosine_distance"},
                    "rules": {"unindexed": {"mode": "act"}}
                }
                """
            let folder = TemporaryFolder()
            let path = folder.make("config.json", configuration)
            let report = try await ProgramRun.of(
                ["--dry-run", "--config", path],
                in: folder,
                environment: ["PGPASSWORD": server.password()]
            )
            let words = report.output.replacing(/\s+/, with: " ")
            #expect(words.contains("training 30 lists needs 1,500 rows, and there are 1,200"), "\(report.output)")
            let daemon = try Daemon(configuration, password: server.password())
            try await daemon.wait(for: "this instance is the leader")
            try await daemon.waitForNextPoll(database)
            #expect(try await database.attempts("create_index") == 0)
            try await database.execute("INSERT INTO docs SELECT * FROM docs LIMIT 300")
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'create_index' AND state = 'done'"
            )
            #expect(await daemon.end() == 0)
        }
    }

    @Test("one that goes on failing pauses longer each time, and then waits for a person", arguments: TestServer.all)
    func retries(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_001)
            try await database.administer(
                """
                CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF strpos(current_query(), 'vecsteward_build_') > 0 THEN
                        RAISE EXCEPTION 'there is no room' USING ERRCODE = 'disk_full';
                    END IF;
                END $$;
                CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE INDEX')
                EXECUTE FUNCTION refuse();
                """
            )
            let daemon = try await Daemon.start(on: [database])
            for (attempt, pause) in [(1, 1), (2, 5), (3, 30)] {
                try await daemon.wait(for: "will be tried again in \(pause) min: there is no room")
                #expect(try await database.attempts("rebuild_index") == attempt)
                let left = try await database.number(
                    """
                    SELECT round(extract(EPOCH FROM not_before - now()) / 60)::int AS number
                    FROM vecsteward.job WHERE state = 'waiting'
                    """
                )
                #expect(left == pause)
                try await database.hurry()
            }
            try await daemon.wait(for: "failed: there is no room\nHINT: Run vecsteward jobs retry ")
            try await daemon.waitForNextPoll(database)
            try await database.hurry()
            try await daemon.waitForNextPoll(database)
            #expect(try await database.attempts("rebuild_index") == 4)
            #expect(try await DaemonTests.indexes(database) == 1, "the old index is there, and no other")

            let id = try await database.number("SELECT id AS number FROM vecsteward.job WHERE state = 'failed'")
            for output in [
                try await jobs(["list"], on: database).output, try await ProgramRun.dryRun(on: database).output,
            ] {
                let words = output.replacing(/\s+/, with: " ")
                #expect(words.contains("job \(id)") && words.contains("failed: there is no room"), "\(output)")
            }

            // Dismissed by a person, it is not begun again by itself, until a person wants it.
            #expect(try await jobs(["cancel", "\(id)"], on: database).status == 0)
            try await daemon.waitForNextPoll(database)
            #expect(try await database.attempts("rebuild_index") == 4)
            #expect(
                try await database.number("SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index'")
                    == 1
            )
            try await database.administer("DROP EVENT TRIGGER refuse")
            #expect(try await jobs(["retry", "\(id)"], on: database).status == 0)
            try await database.wait(until: Self.done)
            #expect(await daemon.end() == 0)
        }
    }

    @Test("a role gets its privileges one by one, and the daemon goes on without a restart", arguments: TestServer.all)
    func privileges(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let role = Identifier("steward \(database.name)")
            let owner = Identifier("owner \(database.name)")
            let result = await Task { try await walk(database, role, owner) }.result
            try? await database.administer("DROP OWNED BY \(role), \(owner) CASCADE; DROP ROLE \(role), \(owner)")
            try result.get()
        }
    }

    private func walk(_ database: TestDatabase, _ role: Identifier, _ owner: Identifier) async throws {
        try await InterferenceTests.fill(database, "area.docs")
        try await database.administer(
            """
            CREATE ROLE \(role) LOGIN PASSWORD 'few';
            CREATE ROLE \(owner);
            ALTER SCHEMA area OWNER TO \(owner);
            ALTER TABLE area.docs OWNER TO \(owner);
            """
        )
        let daemon = try await Daemon.start(on: [database], user: role.name, password: "few")
        try await daemon.wait(for: "no jobs run here until this is fixed; polling continues")
        try await daemon.wait(for: "found: area.docs.vec: ")
        // The SQL is reported once, and it fixes the problem.
        let fix = "CREATE SCHEMA IF NOT EXISTS vecsteward AUTHORIZATION \(role);"
        #expect(daemon.text.contains(fix), "\(daemon.text)")
        try await database.administer(fix)
        try await daemon.wait(for: "this instance is the leader")
        #expect(daemon.text.components(separatedBy: "may not create the schema vecsteward").count == 2)

        try await expectRefusal("is not a member of", of: database, role)
        try await database.administer(
            "REVOKE CREATE ON SCHEMA area FROM \(owner); GRANT \(owner) TO \(role); GRANT USAGE ON SCHEMA area TO \(role)"
        )
        try await expectRefusal("may not create in schema area", of: database, role)
        #expect(try await database.attempts("rebuild_index") == 0)

        // What is taken away in the middle of a build makes it fail at its end, and what was built is dropped where it can be.
        var holder = try await DaemonTests.holdSnapshot(database)
        try await database.administer("GRANT CREATE ON SCHEMA area TO \(role)")
        try await DaemonTests.waitForEndOfBuild(database)
        let id = try await database.number("SELECT id AS number FROM vecsteward.job WHERE kind = 'rebuild_index'")
        try await database.administer("REVOKE CREATE ON SCHEMA area FROM \(role)")
        _ = try await holder.query("COMMIT")
        try await daemon.wait(for: "job \(id) failed: permission denied for schema area")
        #expect(daemon.text.contains("vecsteward grants --for maintain"), "\(daemon.text)")
        #expect(try await database.number(InterferenceTests.unfinishedIndexes) == 0)
        try await database.administer("GRANT CREATE ON SCHEMA area TO \(role); REVOKE \(owner) FROM \(role)")
        #expect(try await jobs(["retry", "\(id)"], on: database, role: role).status == 0)
        try await daemon.wait(for: "job \(id) failed: must be owner of ")
        try await database.administer("GRANT \(owner) TO \(role)")
        #expect(try await jobs(["retry", "\(id)"], on: database, role: role).status == 0)
        try await database.wait(until: Self.done)
        #expect(try await database.number(InterferenceTests.unfinishedIndexes) == 0)
        #expect(await daemon.end() == 0)
    }

    private func expectRefusal(_ words: String, of database: TestDatabase, _ role: Identifier) async throws {
        let report = try await ProgramRun.dryRun(on: database, user: role.name, password: "few")
        #expect(report.output.replacing(/\s+/, with: " ").contains(words), "\(report.output)")
    }
}
