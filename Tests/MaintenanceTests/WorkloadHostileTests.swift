import Advisor
import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import Maintenance

/// What somebody who owns a table and statements may try.
@Suite(
    "Hostile searches",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root")
)
struct WorkloadHostileTests {
    private let search = "SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 4;"
    private let names = [
        #"qu"o"ted"#, "it's", "a.b", "semi; DROP TABLE items --", "/* no end", "$$", "E'\\", "new\nline", "100%s",
        "\u{202E}rtl",
        String(repeating: "é", count: 31), "select", #"back\slash"#, "$1", "?", "U&\"\\0041\"",
    ]

    @Test("views and functions may have any names")
    func names() async throws {
        try await withCountedStatements { database in
            for name in names {
                let (function, view, name) = (quoted("f" + name), quoted("v" + name), quoted(name))
                try await database.execute(
                    """
                    CREATE VIEW \(view) AS SELECT id AS \(name), embedding AS \(view) FROM items;
                    CREATE FUNCTION \(function)(v vector) RETURNS SETOF bigint LANGUAGE sql
                        AS 'SELECT id FROM items ORDER BY embedding <#> v LIMIT 1';
                    SELECT \(name) FROM \(view) ORDER BY \(view) <-> '[1,2,3]' LIMIT 1;
                    SELECT \(function)('[1,2,3]');
                    """
                )
            }
            let searches = try await database.searches()
            let expected = names.map { SearchSource.view("v" + $0) } + names.map { .function("f" + $0) }
            #expect(Set(searches.map(\.source)).symmetricDifference(expected) == [])
        }
    }

    @Test("objects of the extension's names in other schemas are not run")
    func fakes() async throws {
        try await withCountedStatements(
            installing:
                "CREATE SCHEMA real; GRANT USAGE ON SCHEMA real TO PUBLIC; CREATE EXTENSION pg_stat_statements SCHEMA real"
        ) { database in
            let role = Identifier(try database.user(.application))
            try await database.administer("GRANT CREATE ON SCHEMA real TO \(role)")
            var script = PlantedCode.functions()
            for schema in ["public", "real"] {
                script += """
                    CREATE FUNCTION \(schema).pg_stat_statements(showtext text) RETURNS TABLE (queryid bigint) LANGUAGE plpgsql
                        AS $$ BEGIN PERFORM public.told('\(schema) by text'); END $$;
                    CREATE FUNCTION \(schema).strpos(a text, b text) RETURNS int LANGUAGE plpgsql
                        AS $$ BEGIN PERFORM public.told('strpos'); RETURN 1; END $$;
                    CREATE FUNCTION \(schema).lower(a text) RETURNS text LANGUAGE plpgsql
                        AS $$ BEGIN PERFORM public.told('lower'); RETURN a; END $$;

                    """
            }
            script += """
                CREATE FUNCTION public.pg_stat_statements(showtext bool) RETURNS TABLE (queryid bigint) LANGUAGE plpgsql
                    AS $$ BEGIN PERFORM public.told('public'); END $$;
                CREATE VIEW public.pg_stat_statements_info AS SELECT public.planted('info') AS stats_reset;

                """
            try await database.execute(script + search)
            #expect(try await database.searches().one().usage.calls == 1)
            #expect(try hasRunAsUs(in: database) == false)
        }
    }

    @Test("nor those that take the place of the extension's between two polls")
    func replaced() async throws {
        try await withCountedStatements(installing: "CREATE SCHEMA stats") { database in
            let role = Identifier(try database.user(.application))
            try await database.administer(
                "CREATE EXTENSION pg_stat_statements SCHEMA stats; ALTER SCHEMA stats OWNER TO \(role);"
                    + "GRANT USAGE ON SCHEMA stats TO PUBLIC"
            )
            try await database.execute(search)
            let assessor = try await database.assessor()
            #expect(try await assessor.assess().searches().one().usage.calls == 1)
            try await database.execute(
                PlantedCode.functions() + """
                    ALTER SCHEMA stats RENAME TO moved;
                    CREATE SCHEMA stats;
                    GRANT USAGE ON SCHEMA stats TO PUBLIC;
                    CREATE FUNCTION stats.pg_stat_statements(showtext bool, OUT userid oid, OUT dbid oid, OUT toplevel bool,
                        OUT queryid int8, OUT query text, OUT calls int8, OUT total_exec_time float8, OUT rows int8,
                        OUT shared_blks_hit int8, OUT shared_blks_read int8, OUT stats_since timestamptz)
                        RETURNS SETOF record LANGUAGE plpgsql AS $$ BEGIN PERFORM public.told('replaced'); END $$;
                    CREATE FUNCTION stats.pg_stat_statements_info(OUT stats_reset timestamptz) LANGUAGE plpgsql
                        AS $$ BEGIN PERFORM public.told('replaced info'); END $$;

                    """ + search
            )
            #expect(try await assessor.assess().searches().one().usage.calls == 2)
            #expect(try hasRunAsUs(in: database) == false)
        }
    }

    @Test("nothing that a search, a view, a function or an index has is run")
    func nothingRuns() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                PlantedCode.functions() + """
                    CREATE FUNCTION near(v vector) RETURNS SETOF bigint LANGUAGE sql
                        AS 'SELECT id FROM items WHERE planted(''function'') ORDER BY embedding <-> v LIMIT 1';
                    CREATE VIEW seen AS SELECT id, embedding, planted('view') FROM items WHERE planted('view');
                    CREATE FUNCTION distance(vector, text) RETURNS float LANGUAGE sql IMMUTABLE
                        AS $$ SELECT 1.0 FROM (SELECT planted('operator')) AS p $$;
                    CREATE OPERATOR <=> (FUNCTION = distance, LEFTARG = vector, RIGHTARG = text);
                    SELECT near('[1,2,3]');
                    SELECT id FROM seen ORDER BY embedding <-> '[1,2,3]' LIMIT 1;
                    SELECT id FROM items WHERE planted('filter') ORDER BY embedding <=> 'x'::text LIMIT 1;
                    """
            )
            #expect(try await database.searches().count == 3)
            #expect(try hasRunAsUs(in: database) == false)
        }
    }

    @Test("bodies and texts of a megabyte, and many of them, keep nothing from being read", .timeLimit(.minutes(1)))
    func long() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                CREATE FUNCTION near(v vector) RETURNS SETOF bigint LANGUAGE sql
                    AS 'SELECT id FROM items ORDER BY embedding <-> v LIMIT 1';
                SELECT near('[1,2,3]');
                DO $do$ BEGIN FOR n IN 1..50 LOOP
                    EXECUTE format('CREATE FUNCTION a_long_%s() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN'
                        || ' PERFORM id FROM items ORDER BY embedding <=> ''[1,2,3]'' LIMIT 1; /* %s */ END $f$',
                        n, repeat('x', 999000));
                END LOOP; END $do$;
                """ + search
            )
            let columns = (0..<1_600).map { "1 AS c\($0)" }.joined(separator: ", ")
            let nested = String(repeating: "(", count: 5_000) + "1" + String(repeating: ")", count: 5_000)
            let texts = [
                "SELECT id, $$\(String(repeating: "x", count: 1_100_000))$$ FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 1",
                "/* \(String(repeating: "é", count: 600_000)) */ SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 2",
                "SELECT id, \(nested) FROM items ORDER BY embedding <#> '[1,2,3]' LIMIT 1",
                "SELECT \(columns) FROM items ORDER BY embedding <+> '[1,2,3]' LIMIT 1",
            ]
            for text in texts { try await database.execute(text) }
            let assessment = try await assess(database)
            let searches = try assessment.searches()
            #expect(searches.contains { $0.source == .function("near") })
            #expect(searches.contains { $0.source == .statements && $0.shape.distanceMetric == .cosineDistance })
            #expect(searches.contains { $0.shape.distanceMetric == .l1Distance })
            #expect(try #require(assessment.snapshot.searchSources).statements.isRead)
        }
    }

    @Test(
        "a text that is no UTF-8 takes away no search that was read before, and the status says so"
    )
    func invalidEncoding() async throws {
        try await withPrivateServer(version: "17", settings: ["shared_preload_libraries=pg_stat_statements"]) {
            server in
            let ascii = try TestDatabase(named: "ascii", on: server.server)
            let unicode = try TestDatabase(named: "unicode", on: server.server)
            let template = try TestDatabase(named: "postgres", on: server.server)
            for (database, encoding) in [(ascii, "SQL_ASCII"), (unicode, "UTF8")] {
                try await template.administer(
                    "CREATE DATABASE \(database.name) TEMPLATE template0 ENCODING '\(encoding)'"
                )
                try await database.administer("CREATE EXTENSION vector; CREATE EXTENSION pg_stat_statements;" + items)
            }
            try await unicode.administer(search)
            let assessor = Assessor(try unicode.connections())
            let before = try await assessor.assess().searches().one()
            #expect(before.usage.calls == 1)

            let latin =
                Array("SELECT id AS \"".utf8) + [0xE9] + Array("\" FROM items ORDER BY embedding <-> '[1,2,3]';".utf8)
            try await ascii.run(latin + Array(search.utf8))
            try await unicode.administer(search)
            // The server shows no text to a database in whose encoding one of them is invalid.
            let after = try await assessor.assess()
            #expect(try after.searches().one().usage.calls == 2)
            guard case .refused(let message) = try #require(after.snapshot.searchSources).statements else {
                Issue.record("the status is \(String(describing: after.snapshot.searchSources))")
                return
            }
            #expect(message.contains("invalid byte sequence"))

            let own = try #require(try await assess(ascii, conninfo: ascii.conninfo).snapshot.searchSources).statements
            guard case .refused = own else {
                Issue.record("the status is \(own)")
                return
            }
        }
    }

    @Test("many searches of one collection are kept up to a limit, the most frequent first")
    func many() async throws {
        try await withCountedStatements { database in
            let columns = (0..<150).map { "c\($0) int" }.joined(separator: ", ")
            let searches = (0..<150).map { "SELECT id FROM wide WHERE c\($0) = 1 ORDER BY v <=> '[1,2,3]' LIMIT 1;" }
            try await database.execute("CREATE TABLE wide (id int, v vector(3), \(columns));" + searches.joined())
            try await database.execute(String(repeating: searches[149], count: 3))
            let found = try await database.searches("public.wide.v")
            try #require(found.count == 100)
            #expect(found[0].shape.filters[0].columns == ["c149"])
        }
    }

    /// A name as most people quote it, without escapes.
    private func quoted(_ name: String) -> String {
        "\"" + name.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
    }

    /// Whether code of the application has run with the rights of vecsteward.
    private func hasRunAsUs(in database: TestDatabase) throws -> Bool {
        let role = try database.user(.steward)
        return try database.server.log().split(separator: "\n")
            .contains { $0.contains("planted code of \(database.name)") && $0.contains("ran as (\(role))") }
    }
}

extension TestDatabase {
    /// Runs a script of any bytes as the superuser.
    fileprivate func run(_ script: [UInt8]) async throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("script-\(UUID().uuidString)")
        try Data(script).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let ended = try await Command.run(
            "/usr/bin/env",
            ["psql", "--no-psqlrc", "--set=ON_ERROR_STOP=1", "--dbname", conninfo, "--file", file.path]
        )
        guard ended.status == 0 else { throw FixtureError("psql ended with \(ended.status): \(ended.errors)") }
    }
}
