import DatabaseFixture
import Postgres
import Testing

@Suite("A report on hostile names", .serialized)
struct HostileNameReportTests {
    private static let names = [
        #"quo"ted'"#, "with space", "100%s %n", "new\nline", "emoji 🐘", String(repeating: "é", count: 31) + "x",
        "select",
        "UPPER", #"back\slash"#, "semi;colon--", "a.b", "\u{202E}rtl", "\u{1B}[31mred", "  -> would run", "tab\t",
        "private \u{E000}", "unassigned \u{0378}",
    ]

    /// A table for each name, with a schema and a column of the same name.
    private func fill(_ database: TestDatabase) async throws {
        let tables = Self.names.map { name in
            let identifier = Identifier(name)
            return """
                CREATE SCHEMA \(identifier);
                CREATE TABLE \(identifier).\(identifier) (\(identifier) vector(3));
                INSERT INTO \(identifier).\(identifier) SELECT '[1,2,3]' FROM generate_series(1, 1500);
                ANALYZE \(identifier).\(identifier);
                """
        }
        try await database.execute(tables.joined(separator: "\n"))
    }

    private func indexed(_ database: TestDatabase) async throws -> Int64 {
        try await database.number(
            """
            SELECT count(DISTINCT indrelid) AS number FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
            JOIN pg_am ON pg_am.oid = relam WHERE amname = 'hnsw' AND indisvalid
            """
        )
    }

    @Test("JSON gives each name as it is, and its SQL runs", arguments: TestServer.all)
    func json(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            let run = try await ProgramRun.dryRun(on: database, ["--format", "json"])
            #expect((run.status, run.errors) == (0, ""))
            #expect(!run.output.unicodeScalars.contains { $0.properties.generalCategory == .format || $0 == "\u{1B}" })
            let section = try run.report().databases[0]
            let collections = section.collections ?? []
            #expect(Set(collections.map(\.table)) == Set(Self.names))
            #expect(collections.allSatisfy { $0.schema == $0.table && $0.column == $0.table })
            #expect(collections.allSatisfy { $0.findings.map(\.rule) == ["unindexed"] })
            try await database.paste((section.jobs ?? []).flatMap(\.statements))
            #expect(try await indexed(database) == Int64(Self.names.count))
        }
    }

    @Test("no name forges a line of the text, and its SQL runs", arguments: TestServer.all)
    func text(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            let run = try await ProgramRun.dryRun(on: database)
            #expect((run.status, run.errors) == (0, ""))
            let control = run.output.unicodeScalars.first { scalar in
                scalar != "\n" && [.control, .format].contains(scalar.properties.generalCategory)
            }
            #expect(control == nil)
            let lines = run.output.split(separator: "\n")
            #expect(lines.count { $0.hasPrefix("  -> suggested: create an index") } == Self.names.count)
            #expect(!lines.contains { $0.hasPrefix("  -> would run") && $0.contains(":") })
            try await database.paste(run.sql())
            #expect(try await indexed(database) == Int64(Self.names.count))
            let after = try await ProgramRun.dryRun(on: database, ["--exit-code"])
            #expect(after.status == 0, "\(after.output)")
        }
    }

    @Test("an index on a cast of a hostile column is rebuilt as it was", arguments: TestServer.all)
    func expressions(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            for name in ["new\nline", "\u{202E}rtl", #"quo"ted;"#] {
                let (table, column) = (Identifier(name), Identifier(name))
                try await database.execute(
                    """
                    CREATE TABLE \(table) (\(column) vector(3));
                    INSERT INTO \(table) SELECT ARRAY[g, 1, 2]::vector FROM generate_series(1, 2000) AS g;
                    CREATE INDEX ON \(table) USING ivfflat ((\(column)::halfvec(3)) halfvec_l2_ops) WITH (lists = 30);
                    INSERT INTO \(table) SELECT * FROM \(table) UNION ALL SELECT * FROM \(table);
                    """
                )
            }
            let definitions = """
                SELECT string_agg(pg_get_expr(indexprs, indrelid), '|' ORDER BY indrelid) AS text
                FROM pg_index WHERE indexprs IS NOT NULL AND indisvalid AND indrelid > 16384
                """
            let before = try await database.query(Statement(definitions)).one()["text", as: String.self]
            let run = try await ProgramRun.dryRun(on: database)
            #expect(run.sql().count { $0.hasPrefix("CREATE INDEX") } == 3, "\(run.output)")
            try await database.paste(run.sql())
            #expect(try await database.query(Statement(definitions)).one()["text", as: String.self] == before)
            #expect(try await ProgramRun.dryRun(on: database).sql().isEmpty)
        }
    }
}
