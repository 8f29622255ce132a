import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("What a finding advises to type", .timeLimit(.minutes(10)))
struct AdvisedStatementTests {
    private static let hostile = #"qu"o'te%s \ {$1} "# + "\nline"

    /// Tables of every kind about which something is advised, in a schema of a name.
    private static func zoo(in schema: Identifier) -> String {
        let column = schema
        let vector = "(SELECT array_agg(g + i) FROM generate_series(1, %) AS i)::vector"
        func rows(_ table: String, _ type: String, _ value: String, count: Int = 1_500) -> String {
            """
            CREATE TABLE \(schema).\(table) (id int, \(column) \(type));
            INSERT INTO \(schema).\(table) SELECT g, \(value) FROM generate_series(1, \(count)) AS g;
            """
        }
        func numbers(_ count: Int) -> String { vector.replacing("%", with: "\(count)") }
        let mixed = "CASE WHEN g % 3 = 0 THEN \(numbers(4)) ELSE \(numbers(3)) END"
        return """
            CREATE DOMAIN \(schema).sized AS vector(3);
            CREATE DOMAIN \(schema).unsized AS vector;
            """
                + rows("domain_sized", "\(schema).sized", numbers(3))
                + rows("domain_unsized", "\(schema).unsized", mixed)
                + rows("untyped", "vector", mixed)
                + rows("untyped_half", "halfvec", "(\(mixed))::halfvec")
                + rows("untyped_sparse", "sparsevec", "(\(mixed))::sparsevec")
                + rows("known_by_index", "vector", mixed)
                + rows("wide", "vector(2100)", numbers(2_100), count: 1_000)
                + rows("wider", "vector(4100)", numbers(4_100), count: 1_000)
                + rows("bare", "vector(3)", numbers(3))
                + rows("sparse", "sparsevec(5000)", "'{1:1}/5000'::sparsevec")
                + rows("broken", "vector(3)", numbers(3))
                + rows("copies", "vector(3)", numbers(3))
                + rows("grown", "vector(3)", numbers(3), count: 2_000)
                    + """
                    CREATE INDEX known ON \(schema).known_by_index
                        USING hnsw ((\(column)::vector(3)) vector_l2_ops) WHERE vector_dims(\(column)) = 3;
                    CREATE INDEX \(Identifier(schema.name + "2")) ON \(schema).broken USING hnsw (\(column) vector_l2_ops)
                        WITH (m = 24) WHERE id > 7;
                    CREATE INDEX one ON \(schema).copies USING hnsw (\(column) vector_l2_ops);
                    CREATE INDEX two ON \(schema).copies USING hnsw (\(column) vector_l2_ops);
                    CREATE INDEX \(Identifier(schema.name + "3")) ON \(schema).grown USING ivfflat (\(column) vector_l2_ops)
                        WITH (lists = 30);
                    INSERT INTO \(schema).grown SELECT * FROM \(schema).grown UNION ALL SELECT * FROM \(schema).grown;
                    CREATE TABLE \(schema).parts (id int, \(column) vector(3)) PARTITION BY RANGE (id);
                    CREATE TABLE \(schema).part PARTITION OF \(schema).parts FOR VALUES FROM (0) TO (9000);
                    INSERT INTO \(schema).parts SELECT g, \(numbers(3)) FROM generate_series(1, 1500) AS g;
                    CREATE INDEX ON \(schema).parts USING hnsw (\(column) vector_l2_ops);
                    CREATE INDEX ON \(schema).parts USING hnsw (\(column) vector_l2_ops);
                    """
    }

    @Test("runs as it is printed, whatever tables and columns are called", arguments: TestServer.all)
    func runs(server: TestServer) async throws {
        for name in ["plain", Self.hostile] {
            try await withDatabase(on: server) { database in
                let schema = Identifier(name)
                try await database.execute("CREATE SCHEMA \(schema);" + Self.zoo(in: schema))
                let invalid = Literal(name + "2")
                try await database.administer(
                    """
                    UPDATE pg_index SET indisvalid = false, indisready = false FROM pg_class
                    WHERE pg_class.oid = indexrelid AND relname IN (\(invalid), 'known')
                    """
                )
                let assessment = try await assess(database)
                var connection = try await database.connect()
                _ = try await connection.query("SET search_path = pg_catalog")
                var kinds: Set<String> = []
                for finding in assessment.findings {
                    #expect(finding.statements.count == finding.advised.count)
                    #expect(!finding.advice.contains("..."), "\(finding.advice)")
                    #expect(finding.advice.count <= 1_000)
                    for (statement, sql) in zip(finding.advised, finding.statements) {
                        kinds.insert(String("\(statement)".prefix { $0 != "(" }))
                        let rows = try await connection.query(Statement(sql))
                        guard case .writeCreateIndex = statement else { continue }
                        // What it writes runs as well, and refuses no row of other dimensions.
                        var count = 0
                        for row in rows {
                            count += 1
                            _ = try await connection.query(Statement(try row["statement", as: String.self]))
                        }
                        #expect(count > 0)
                    }
                }
                #expect(
                    kinds == [
                        "createIndex", "searchByCast", "writeCreateIndex", "reindex", "dropIndex", "updateExtension",
                        "setProbes",
                    ],
                    "\(kinds)"
                )
                try await database.execute(
                    "INSERT INTO \(schema).untyped VALUES (1, '[1]'); INSERT INTO \(schema).domain_unsized VALUES (1, '[1]')"
                )
                // What is advised cures what it is advised for.
                let after = try await assess(database)
                let left = after.findings.filter { $0.rule == "unindexable" || $0.rule == "invalid" }
                #expect(left.isEmpty, "\(left.map(\.summary))")
            }
        }
    }

    @Test("of jobs runs as it is printed for every suggestion", arguments: TestServer.all)
    func jobs(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let schema = Identifier(Self.hostile)
            try await database.execute("CREATE SCHEMA \(schema);" + Self.zoo(in: schema))
            try await database.administer(
                """
                UPDATE pg_index SET indisvalid = false FROM pg_class
                WHERE pg_class.oid = indexrelid AND relname = \(Literal(Self.hostile + "2"))
                """
            )
            let assessment = try await assess(database)
            #expect(
                Set(assessment.plan.jobs.map(\.kind)) == ["create_index", "rebuild_index", "drop_index", "analyze"]
            )
            try await carryOut(assessment, on: database)
            let after = try await assess(database)
            #expect(!after.findings.contains { $0.rule == "invalid" || $0.rule == "unindexed" })
            let sql = """
                SELECT pg_get_indexdef(indexrelid) AS sql FROM pg_index
                WHERE indrelid = (SELECT oid FROM pg_class WHERE relname = 'broken')
                """
            let rebuilt = try await database.query(Statement(sql))
            let definition = try rebuilt.one()["sql", as: String.self]
            #expect(
                definition.contains("vector_l2_ops") && definition.contains("m='24'") && definition.contains("id > 7")
            )
        }
    }

    @Test("to a role that may not see everything runs too", arguments: TestServer.all)
    func missingPrivileges(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let schema = Identifier(Self.hostile)
            try await database.execute(
                """
                CREATE SCHEMA \(schema);
                CREATE TABLE \(schema).hidden (vec vector(3));
                CREATE TABLE \(schema).secured (vec vector(3));
                ALTER TABLE \(schema).secured ENABLE ROW LEVEL SECURITY;
                """
            )
            let role = Identifier("see'r \"\(database.name)")
            let password = Literal(try server.password())
            try await database.administer("CREATE ROLE \(role) LOGIN PASSWORD \(password)")
            let conninfo = try database.conninfo(user: role.name, password: server.password())
            func spots() async throws -> [String] {
                try await assess(database, conninfo: conninfo).snapshot.missingPrivileges
            }
            do {
                var seen = try await spots()
                #expect(seen.count >= 2)
                for _ in 0..<3 where !seen.isEmpty {
                    for spot in seen {
                        for sql in Self.statements(in: spot) { try await database.administer(sql) }
                    }
                    seen = try await spots()
                }
                #expect(seen.isEmpty, "\(seen)")
            } catch {
                try await database.administer("DROP OWNED BY \(role); DROP ROLE \(role)")
                throw error
            }
            try await database.administer("DROP OWNED BY \(role); DROP ROLE \(role)")
        }
    }

    /// The statements in a sentence: from a word in capitals that begins one to its semicolon.
    private static func statements(in text: String) -> [String] {
        text.split(separator: "; ").compactMap { part in
            for word in ["GRANT ", "ALTER "] {
                if let range = part.firstRange(of: word) { return String(part[range.lowerBound...]) }
            }
            return nil
        }
    }
}
