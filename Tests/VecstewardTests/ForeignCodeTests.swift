import DatabaseFixture
import Foundation
import Postgres
import Testing

/// Tables whose owners have hung code of their own on them, in every way that PostgreSQL knows.
///
/// The code tells the server's log whose rights it runs with: that works in a read-only transaction too, and no rollback
/// takes it back.
@Suite("Code of those who own tables", .timeLimit(.minutes(15)))
struct ForeignCodeTests {
    /// A way in: the name of a table, and what its owner does to it, with `TABLE` in the place of the name.
    private static let ways = [
        ("btree_predicate", "CREATE INDEX ON TABLE (id) WHERE hers.planted('btree_predicate')"),
        ("btree_expression", "CREATE INDEX ON TABLE ((CASE WHEN hers.planted('btree_expression') THEN id END))"),
        (
            "vector_predicate",
            "CREATE INDEX ON TABLE USING hnsw (vec vector_l1_ops) WHERE hers.planted('vector_predicate')"
        ),
        (
            "vector_expression",
            """
            CREATE INDEX ON TABLE USING hnsw
            ((CASE WHEN hers.planted('vector_expression') THEN vec END::halfvec(3)) halfvec_l1_ops)
            """
        ),
        (
            "statistics",
            """
            CREATE STATISTICS hers.of_statistics
            ON id, (CASE WHEN hers.planted('statistics') THEN id END) FROM TABLE
            """
        ),
        (
            "policy",
            """
            ALTER TABLE TABLE ENABLE ROW LEVEL SECURITY;
            CREATE POLICY hers ON TABLE USING (hers.planted('policy'));
            """
        ),
        (
            "forced_policy",
            """
            ALTER TABLE TABLE ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
            CREATE POLICY hers ON TABLE USING (hers.refused('forced_policy'));
            """
        ),
        ("constraint", "ALTER TABLE TABLE ADD CHECK (hers.planted('constraint')) NOT VALID"),
        (
            "domain",
            """
            CREATE DOMAIN hers.number AS int CHECK (hers.planted('domain') OR VALUE = 0);
            CREATE INDEX ON TABLE (id) WHERE id > 1::hers.number;
            """
        ),
        (
            "composite",
            """
            CREATE DOMAIN hers.part AS int CHECK (hers.planted('composite') OR VALUE = 0);
            CREATE TYPE hers.whole AS (part hers.part);
            CREATE INDEX ON TABLE (id) WHERE '(1)'::hers.whole IS NOT NULL;
            """
        ),
        (
            "operator",
            """
            CREATE FUNCTION hers.compared(integer, integer) RETURNS boolean IMMUTABLE LANGUAGE plpgsql
            AS 'BEGIN RETURN hers.planted(''operator''); END';
            CREATE OPERATOR hers.=== (FUNCTION = hers.compared, LEFTARG = integer, RIGHTARG = integer);
            CREATE INDEX ON TABLE (id) WHERE 1 OPERATOR(hers.===) 1;
            """
        ),
        (
            "generated",
            """
            ALTER TABLE TABLE
            ADD COLUMN made integer GENERATED ALWAYS AS (CASE WHEN hers.planted('generated') THEN id END) STORED
            """
        ),
        ("default_value", "ALTER TABLE TABLE ADD COLUMN usual boolean DEFAULT hers.planted('default_value')"),
        (
            "child",
            """
            CREATE TABLE hers.child_of_child () INHERITS (TABLE);
            CREATE INDEX ON hers.child_of_child (id) WHERE hers.planted('child');
            ALTER TABLE hers.child_of_child OWNER TO STRANGER;
            """
        ),
    ]

    /// What plans nothing of the table that it is about, or nothing that is constant.
    private static let harmless: Set = ["forced_policy", "constraint", "generated", "default_value", "composite"]

    @Test("runs with the rights of nobody else, whatever vecsteward does", arguments: TestServer.all, [true, false])
    func nobodyElse(server: TestServer, isSuperuser: Bool) async throws {
        try await withPlantedTables(on: server) { database, owners in
            if !isSuperuser { try await database.grant() }
            let user = try database.user(isSuperuser ? .superuser : .steward)
            let folder = TemporaryFolder()
            let acting = Dictionary(
                uniqueKeysWithValues: ["unindexed", "outgrown", "built-too-early", "stale-statistics", "invalid"].map {
                    ($0, ["mode": "act"])
                }
            )
            let configuration = try configurationFile(
                [(name: "hers", connection: database.connection(user: user))],
                rules: acting,
                in: folder
            )
            func run(_ arguments: [String]) async throws -> ProgramRun {
                try await ProgramRun.of(
                    arguments + ["--config", configuration],
                    in: folder,
                    environment: ["PGPASSWORD": database.server.password()]
                )
            }
            let report = try await run(["--dry-run"])
            #expect(report.output.contains("would run"))
            let once = try await run(["run", "--once"])
            #expect(once.status == 0, "\(once.errors)")
            #expect(once.errors.contains("which would run with vecsteward's privileges"))
            for (table, _) in Self.ways {
                let measured = try await run(["recall", "hers.\(table).vec", "--index", "index_of_\(table)"])
                #expect([0, 1].contains(measured.status), "\(table): \(measured.errors)")
            }
            for (table, _) in Self.ways {
                let rebuilt = try await run(["rebuild", "hers.\(table).vec", "--index", "index_of_\(table)"])
                #expect(rebuilt.status == 0, "\(table): \(rebuilt.errors)")
            }
            for table in ["plain", "parts"] {
                let made = try await run(
                    ["create-index", "hers.\(table).vec", "--measure", "l1_distance", "--method", "hnsw"]
                )
                // What an expression partitions is attached by its owner.
                let isRefused = table == "parts" && made.errors.contains("an expression partitions the table")
                #expect(made.status == 0 || isRefused, "\(table): \(made.errors)")
            }
            let rights = try PlantedCode.rights(in: database)
            #expect(!rights.isEmpty)
            for (way, roles) in rights {
                #expect(roles.isSubset(of: owners), "\(way) ran with the rights of \(roles)")
            }
            let leftovers = try await database.number(
                "SELECT count(*) AS number FROM pg_class WHERE relname LIKE 'vecsteward%' AND relkind IN ('i', 'I')"
            )
            #expect(leftovers == 0)
        }
    }

    @Test("runs with the rights of whoever plans over the table: so the ways in are ways in", arguments: TestServer.all)
    func teeth(server: TestServer) async throws {
        try await withPlantedTables(on: server) { database, _ in
            var administrator = try await database.connect()
            for (table, _) in Self.ways {
                _ = try await administrator.query("SELECT FROM hers.\(unescaped: table) WHERE id > 3 LIMIT 1")
            }
            let role = try database.user(.superuser)
            let found = try PlantedCode.rights(in: database).filter { $0.value.contains(role) }.map(\.key)
            // Policies do not hold for a superuser.
            #expect(Set(found) == Set(Self.ways.map(\.0)).subtracting(Self.harmless).subtracting(["policy"]))
        }
    }

    /// Makes a table for each way in, grown past twice the rows of its IVFFlat index, and others without an index.
    private func withPlantedTables(
        on server: TestServer,
        _ body: (TestDatabase, Set<String>) async throws -> Void
    ) async throws {
        try await withDatabase(on: server) { database in
            let stranger = "stranger_\(database.name)"
            let owner = try database.user(.application)
            try await database.administer("CREATE ROLE \(Identifier(stranger)); GRANT \(stranger) TO \(owner)")
            let result: Result<Void, any Error>
            do {
                try await plant(in: database, stranger)
                result = .success(try await body(database, [owner, stranger]))
            } catch {
                result = .failure(error)
            }
            try await database.administer(
                "DROP OWNED BY \(Identifier(stranger)) CASCADE; DROP ROLE \(Identifier(stranger))"
            )
            try result.get()
        }
    }

    private func plant(in database: TestDatabase, _ stranger: String) async throws {
        let rows = "SELECT g, ('[' || g || ',1,2]')::vector(3) FROM generate_series"
        var script = """
            CREATE SCHEMA hers;
            GRANT USAGE, CREATE ON SCHEMA hers TO \(Identifier(stranger));
            \(PlantedCode.functions(in: "hers"))
            CREATE FUNCTION hers.refused(way text) RETURNS boolean STABLE LANGUAGE plpgsql AS $$ BEGIN
                PERFORM hers.told(way);
                RAISE EXCEPTION 'there is no tenant';
            END $$;
            CREATE TABLE hers.plain (id int, vec vector(3));
            INSERT INTO hers.plain \(rows)(1, 1700) AS g;
            CREATE TABLE hers.parts (id int, vec vector(3)) PARTITION BY RANGE ((CASE WHEN hers.planted('key') THEN id END));
            CREATE TABLE hers.parts_1 PARTITION OF hers.parts FOR VALUES FROM (0) TO (10000);
            INSERT INTO hers.parts \(rows)(1, 1700) AS g;
            CREATE INDEX ON hers.parts_1 (id) WHERE hers.planted('partition');

            """
        for (table, way) in Self.ways {
            let name = "hers.\(table)"
            script += """
                CREATE TABLE \(name) (id int, vec vector(3));
                INSERT INTO \(name) \(rows)(1, 700) AS g;
                CREATE INDEX index_of_\(table) ON \(name) USING ivfflat (vec vector_l2_ops) WITH (lists = 10);
                INSERT INTO \(name) \(rows)(701, 1700) AS g;
                \(way.replacingOccurrences(of: "TABLE TABLE", with: "TABLE \(name)")
                    .replacingOccurrences(of: "ON TABLE", with: "ON \(name)")
                    .replacingOccurrences(of: "FROM TABLE", with: "FROM \(name)")
                    .replacingOccurrences(of: "(TABLE)", with: "(\(name))")
                    .replacingOccurrences(of: "STRANGER", with: Identifier(stranger).sql));

                """
        }
        try await database.execute(script)
    }
}
