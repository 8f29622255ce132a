import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("What a role with few privileges is told")
struct PrivilegeTests {
    /// Makes a role that may log in and nothing else, and gives the connection string for it.
    private func role(_ name: String, in database: TestDatabase) async throws -> String {
        let identifier = Identifier(name)
        try await database.execute("DROP ROLE IF EXISTS \(identifier); CREATE ROLE \(identifier) LOGIN PASSWORD 'few'")
        return try database.conninfo(user: name, password: "few")
    }

    @Test(
        "what it can see is reported, what it cannot see is said with the statement that mends it",
        arguments: TestServer.all
    )
    func blindSpots(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let name = "few_\(database.name)"
            let conninfo = try await role(name, in: database)
            try await database.execute(
                table("t", rows: 4_000) + "CREATE INDEX t_idx ON t USING ivfflat (vec vector_l2_ops) WITH (lists = 30);"
                    + "INSERT INTO t SELECT * FROM t UNION ALL SELECT * FROM t;"
            )
            let assessment = try await assess(database, conninfo: conninfo)
            #expect(try assessment.collection("public.t.vec").rows.value == 12_000)
            #expect(assessment.rules("public.t.vec").contains("outgrown"))
            let rebuild = try #require(assessment.jobs("public.t.vec").first { $0.kind == "rebuild_index" })
            guard case .refused(let why) = rebuild.disposition else {
                Issue.record("a role that owns nothing would act: \(rebuild.disposition)")
                return
            }
            #expect(why.contains("GRANT"))
            #expect(assessment.observation.blindSpots.contains { $0.contains("GRANT pg_read_all_stats") })
            #expect(assessment.observation.blindSpots.contains { $0.contains("GRANT SELECT") })
            try await database.execute("DROP OWNED BY \(Identifier(name)); DROP ROLE \(Identifier(name))")
        }
    }

    @Test("rows that row security hides are not counted as if they were not there", arguments: TestServer.all)
    func rowSecurity(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let name = "rls_\(database.name)"
            let conninfo = try await role(name, in: database)
            try await database.execute(
                table("t", rows: 2_000) + """
                    GRANT SELECT ON t TO \(Identifier(name));
                    ALTER TABLE t ENABLE ROW LEVEL SECURITY;
                    """
            )
            let act = PolicyLayer(rules: ["unindexed": RuleOverride(mode: .act)])
            let assessment = try await assess(database, conninfo: conninfo, layers: [act])
            #expect(try assessment.collection("public.t.vec").rows == RowCount(2_000, .statistics))
            #expect(assessment.observation.blindSpots.contains { $0.contains("BYPASSRLS") })
            try await database.execute("DROP OWNED BY \(Identifier(name)); DROP ROLE \(Identifier(name))")
        }
    }

    @Test(
        "what grants prints is enough to report without a blind spot, and to carry out every job",
        arguments: TestServer.all
    )
    func grants(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let owner = "owner_\(database.name)"
            let name = #"st"eward \#(database.name)"#
            try await database.execute(
                """
                CREATE ROLE \(Identifier(owner));
                CREATE SCHEMA "own data" AUTHORIZATION \(Identifier(owner));
                """
                    + table(#""own data".grown"#, rows: 2_000) + table(#""own data".bare"#, rows: 2_000) + """
                        CREATE INDEX grown_idx ON "own data".grown USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                        INSERT INTO "own data".grown SELECT * FROM "own data".grown UNION ALL SELECT * FROM "own data".grown;
                        ALTER TABLE "own data".grown OWNER TO \(Identifier(owner));
                        ALTER TABLE "own data".bare OWNER TO \(Identifier(owner));
                        """
            )
            let act = PolicyLayer(rules: ["unindexed": RuleOverride(mode: .act)])
            let seen = try await assess(database).observation

            try await database.execute(GrantScript(observation: seen, role: name, purpose: .report).sql)
            try await database.execute("ALTER ROLE \(Identifier(name)) PASSWORD 'few'")
            let conninfo = try database.conninfo(user: name, password: "few")
            let reported = try await assess(database, conninfo: conninfo, layers: [act])
            #expect(reported.observation.blindSpots.isEmpty)
            #expect(try reported.collection("own data.grown.vec").rows.isConfirmed)
            #expect(!reported.plan.jobs.contains { $0.disposition == .act })

            let script = GrantScript(observation: seen, role: name, purpose: .maintain).sql
            try await database.execute(script)
            try await database.execute(script)
            let maintained = try await assess(database, conninfo: conninfo, layers: [act])
            #expect(!maintained.plan.jobs.isEmpty)
            #expect(maintained.plan.jobs.allSatisfy { $0.disposition == .act })
            try await carryOut(maintained, on: database, conninfo: conninfo)
            let after = try await assess(database, conninfo: conninfo, layers: [act])
            #expect(after.plan.jobs.isEmpty)
            try await database.execute(
                "DROP OWNED BY \(Identifier(name)), \(Identifier(owner)); DROP ROLE \(Identifier(name)), \(Identifier(owner))"
            )
        }
    }

    @Test("a superuser who owns tables is not given away", arguments: TestServer.all)
    func superuserOwner(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute("CREATE TABLE t (v vector(3))")
            let seen = try await assess(database).observation
            let script = GrantScript(observation: seen, role: "steward", purpose: .maintain).sql
            #expect(!script.contains("\nGRANT \"postgres\""))
            #expect(script.contains("--   \"public\".\"t\""))
        }
    }
}
