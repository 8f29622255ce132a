import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

/// The settings that hold for a search, and where each comes from.
@Suite(
    "The settings of searches",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root")
)
struct WorkloadSettingTests {
    private let search = "SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 4;"

    @Test("are pgvector's defaults where nobody sets them")
    func builtIn() async throws {
        try await withCountedStatements { database in
            try await database.execute(search)
            let one = try await database.searches().one()
            #expect(one.setting("hnsw.ef_search") == "40 builtIn")
            #expect(one.setting("ivfflat.probes") == "1 builtIn")
            #expect(one.setting("hnsw.iterative_scan") == "off builtIn")
        }
    }

    @Test("are those of the role in the database, then of the role, then of the database")
    func roles() async throws {
        try await withCountedStatements { database in
            let (role, name) = (try database.user(.application), database.name)
            try await database.execute(search)
            func settings() async throws -> [String?] {
                let one = try await database.searches().one()
                return ["hnsw.ef_search", "ivfflat.probes", "enable_seqscan"].map(one.setting)
            }
            try await database.administer(
                """
                LOAD 'vector';
                ALTER DATABASE \(Identifier(name)) SET hnsw.ef_search = 50;
                ALTER DATABASE \(Identifier(name)) SET ivfflat.probes = 5;
                ALTER DATABASE \(Identifier(name)) SET enable_seqscan = off;
                """
            )
            #expect(
                try await settings() == [
                    #"50 database("\#(name)")"#, #"5 database("\#(name)")"#, #"off database("\#(name)")"#,
                ]
            )
            try await database.administer("LOAD 'vector'; ALTER ROLE \(Identifier(role)) SET hnsw.ef_search = 60")
            try await database.administer(
                """
                LOAD 'vector';
                ALTER ROLE \(Identifier(role)) SET ivfflat.probes = 6;
                ALTER ROLE \(Identifier(role)) IN DATABASE \(Identifier(name)) SET ivfflat.probes = 7;
                """
            )
            #expect(
                try await settings() == [
                    #"60 role("\#(role)")"#, #"7 roleInDatabase("\#(role)")"#, #"off database("\#(name)")"#,
                ]
            )
        }
    }

    @Test("are what clients set, if all set the same for most of their searches")
    func clients() async throws {
        try await withCountedStatements { database in
            try await database.execute("SELECT '[1]'::vector; SET hnsw.ef_search = 90; \(search)")
            #expect(try await database.searches().one().setting("hnsw.ef_search") == "90 client")
            for _ in 1...2 { try await database.execute(search) }
            #expect(try await database.searches().one().setting("hnsw.ef_search") == "40 builtIn")
            try await database.execute("BEGIN; SELECT '[1]'::vector; SET LOCAL hnsw.ef_search = 91; \(search) COMMIT")
            #expect(try await database.searches().one().setting("hnsw.ef_search") == "40 builtIn")
        }
    }

    @Test("are as SHOW writes them, however somebody wrote them")
    func spellings() async throws {
        try await withCountedStatements { database in
            let role = try database.user(.application)
            try await database.execute(search)
            try await database.administer(
                """
                LOAD 'vector';
                ALTER ROLE \(Identifier(role)) SET enable_indexscan = false;
                ALTER ROLE \(Identifier(role)) SET enable_seqscan = 'F';
                ALTER ROLE \(Identifier(role)) SET hnsw.iterative_scan = 'Relaxed_Order';
                """
            )
            let one = try await database.searches().one()
            for (name, value) in [
                ("enable_indexscan", "off"), ("enable_seqscan", "off"), ("hnsw.iterative_scan", "relaxed_order"),
            ] {
                #expect(one.setting(name) == #"\#(value) role("\#(role)")"#)
            }
        }
    }

    @Test("of vecs are not those of another table that the same role searches")
    func besideVecs() async throws {
        try await withCountedStatements { database in
            let byVecs = """
                BEGIN; SELECT '[1]'::vector; SET LOCAL ivfflat.probes = 10; SET LOCAL hnsw.ef_search = 40;
                SELECT id FROM vecs.docs ORDER BY vec <=> '[1,2,3]' LIMIT 4; COMMIT;

                """
            try await database.execute(
                "CREATE SCHEMA vecs; CREATE TABLE vecs.docs (id text, vec vector(3), metadata jsonb);" + byVecs + byVecs
                    + search
            )
            let assessment = try await assess(database)
            #expect(try assessment.searches("vecs.docs").one().setting("ivfflat.probes") == "10 client")
            #expect(try assessment.searches().one().setting("ivfflat.probes") == "1 builtIn")
        }
    }

    @Test("of a role that cannot log in are told from those of one that can")
    func noLogin() async throws {
        try await withCountedStatements { database in
            let name = "group_\(database.name)"
            let (group, role) = ("\(Identifier(name))", "\(Identifier(try database.user(.application)))")
            try await database.administer(
                "CREATE ROLE \(group); GRANT SELECT ON items TO \(group); GRANT \(group) TO \(role)"
            )
            let result = await Task {
                try await database.execute("\(search) SET ROLE \(group); \(search)")
                let searches = try await database.searches()
                #expect(searches.count == 2)
                #expect(searches.first { $0.role == name }?.roleCanLogIn == false)
                #expect(searches.first { $0.role != name }?.roleCanLogIn == true)
            }.result
            try await database.administer("DROP OWNED BY \(group); DROP ROLE \(group)")
            try result.get()
        }
    }

    @Test("within a function are unknown where its body computes them")
    func computed() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                SELECT '[1]'::vector;
                CREATE FUNCTION near(v vector, n int) RETURNS SETOF bigint LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM set_config('hnsw.ef_search', n::text, TRUE);
                    RETURN QUERY SELECT id FROM items ORDER BY embedding <=> v LIMIT n;
                END $$;
                SELECT * FROM near('[1,2,3]', 50);
                """
            )
            let setting = try await database.searches().one().settings["hnsw.ef_search"]
            #expect(setting == SearchSetting.unknown(.function("near")))
        }
    }

    @Test("of vecs are those that vecs sets for each search")
    func vecs() async throws {
        try await withCountedStatements { database in
            try await database.execute("CREATE SCHEMA vecs")
            _ = try await VecsClient.run(
                """
                docs = vx.get_or_create_collection("docs", dimension=3)
                docs.upsert([(str(n), np.array([n, 1, 2]), {"tenant": n % 2}) for n in range(20)])
                docs.create_index()
                docs.query([1, 2, 3], limit=5, filters={"tenant": {"$eq": 1}}, probes=12)
                """,
                on: database
            )
            let one = try await database.searches("vecs.docs").one()
            #expect(one.shape.distanceMetric == .cosineDistance)
            #expect(one.shape.filters.map(\.columns) == [["metadata"]])
            #expect(one.usage.rowsPerCall == 5)
            #expect(one.setting("ivfflat.probes") == "12 client")
            #expect(one.setting("hnsw.ef_search") == "40 client")
        }
    }
}
