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
        try await database.administer("CREATE ROLE \(identifier) LOGIN PASSWORD 'few'")
        return try database.conninfo(user: name, password: "few")
    }

    @Test(
        "what it can see is reported, what it cannot see is said with the statement that fixes it",
        arguments: TestServer.all
    )
    func missingPrivileges(server: TestServer) async throws {
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
            #expect(assessment.snapshot.missingPrivileges.contains { $0.contains("GRANT pg_read_all_stats") })
            #expect(assessment.snapshot.missingPrivileges.contains { $0.contains("GRANT SELECT") })
            try await database.administer("DROP OWNED BY \(Identifier(name)); DROP ROLE \(Identifier(name))")
        }
    }

    @Test("rows that row security hides are not counted as if they were not there", arguments: TestServer.all)
    func rowSecurity(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let name = "rls_\(database.name)"
            let conninfo = try await role(name, in: database)
            try await database.administer(
                table("t", rows: 2_000) + """
                    GRANT SELECT ON t TO \(Identifier(name));
                    ALTER TABLE t ENABLE ROW LEVEL SECURITY;
                    """
            )
            let act = PolicyLayer(
                rules: ["unindexed": RuleOverride(mode: .act)],
                index: IndexOverride(distanceMetric: .cosineDistance)
            )
            let assessment = try await assess(database, conninfo: conninfo, layers: [act])
            #expect(try assessment.collection("public.t.vec").rows == RowCount(2_000, .statistics))
            #expect(assessment.snapshot.missingPrivileges.contains { $0.contains("BYPASSRLS") })
            try await database.administer("DROP OWNED BY \(Identifier(name)); DROP ROLE \(Identifier(name))")
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
            try await database.administer(
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
            let act = PolicyLayer(
                rules: ["unindexed": RuleOverride(mode: .act)],
                index: IndexOverride(distanceMetric: .cosineDistance)
            )
            let seen = try await assess(database).snapshot

            try await database.administer(GrantScript(snapshot: seen, role: name, purpose: .report).sql)
            try await database.administer("ALTER ROLE \(Identifier(name)) PASSWORD 'few'")
            let conninfo = try database.conninfo(user: name, password: "few")
            let reported = try await assess(database, conninfo: conninfo, layers: [act])
            #expect(reported.snapshot.missingPrivileges.isEmpty)
            #expect(try reported.collection("own data.grown.vec").rows.value == 6_000)
            #expect(!reported.plan.jobs.contains { $0.disposition == .act })

            let script = GrantScript(snapshot: seen, role: name, purpose: .maintain).sql
            try await database.administer(script)
            try await database.administer(script)
            let maintained = try await assess(database, conninfo: conninfo, layers: [act])
            #expect(!maintained.plan.jobs.isEmpty)
            #expect(maintained.plan.jobs.allSatisfy { $0.disposition == .act })
            try await carryOut(maintained, on: database, conninfo: conninfo)
            let after = try await assess(database, conninfo: conninfo, layers: [act])
            #expect(after.plan.jobs.isEmpty)
            try await database.administer(
                "DROP OWNED BY \(Identifier(name)), \(Identifier(owner)); DROP ROLE \(Identifier(name)), \(Identifier(owner))"
            )
        }
    }

    @Test("partitions of another owner in another schema are thought of", arguments: TestServer.all)
    func partitions(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let (first, second) = (Identifier("first_\(database.name)"), Identifier("second_\(database.name)"))
            let result = await Task { try await partitioned(database, first, second) }.result
            try await database.administer("DROP OWNED BY \(first), \(second) CASCADE; DROP ROLE \(first), \(second)")
            try result.get()
        }
    }

    private func partitioned(_ database: TestDatabase, _ first: Identifier, _ second: Identifier) async throws {
        try await database.administer(
            """
            CREATE ROLE \(first);
            CREATE ROLE \(second);
            CREATE SCHEMA middle;
            CREATE SCHEMA leaves;
            CREATE TABLE docs (id bigint, vec vector(8)) PARTITION BY RANGE (id);
            CREATE TABLE middle.docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (4000) PARTITION BY RANGE (id);
            CREATE TABLE leaves.docs_1_1 PARTITION OF middle.docs_1 FOR VALUES FROM (0) TO (4000);
            INSERT INTO docs SELECT g, array_fill(sin(g)::real, ARRAY[8])::vector FROM generate_series(0, 3999) AS g;
            ANALYZE docs;
            ALTER TABLE docs OWNER TO \(Identifier(try database.user(.application)));
            ALTER TABLE middle.docs_1 OWNER TO \(first);
            ALTER TABLE leaves.docs_1_1 OWNER TO \(second);
            """
        )
        let records = try await jobRecords(database, kind: "create_index")
        #expect(records.map(\.job.targets[0].table) == ["docs_1_1"])
        for record in records {
            let outcome = try await carryOut(Journal(record), on: database)
            guard case .done = outcome else {
                Issue.record("it is not done: \(outcome)")
                return
            }
        }
        let docs = try await assess(database).collection("public.docs.vec")
        #expect(docs.partitionedIndexes.allSatisfy { $0.isValid })
        #expect(docs.relations.first?.indexes.first?.attachedTo != nil)
    }

    @Test("a superuser who owns tables is not given away", arguments: TestServer.all)
    func superuserOwner(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer("CREATE TABLE t (v vector(3))")
            let seen = try await assess(database).snapshot
            let script = GrantScript(snapshot: seen, role: "steward", purpose: .maintain).sql
            #expect(!script.contains("\nGRANT \"postgres\""))
            #expect(script.contains("--   \"public\".\"t\""))
        }
    }
}
