import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

/// Searches that stand in functions, of which statements show only the call.
@Suite(
    "Searches in functions",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root")
)
struct WorkloadFunctionTests {
    struct Function: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var definition: String
        var call = "SELECT * FROM match_documents('[1,2,3]', 0.5, 4)"
        var efSearch: String?
        var obstacles: Set<SearchObstacle> = []
    }

    private static let signature = """
        CREATE FUNCTION match_documents(query_embedding vector(3), match_threshold float, match_count int)
        RETURNS TABLE (id bigint, similarity float)
        """
    private static let query = """
        SELECT items.id, 1 - (items.embedding <=> query_embedding) AS similarity FROM items
        WHERE 1 - (items.embedding <=> query_embedding) > match_threshold
        ORDER BY items.embedding <=> query_embedding LIMIT match_count
        """

    static let functions = [
        Function(
            testDescription: "SQL",
            definition: "\(signature) LANGUAGE sql STABLE SET hnsw.ef_search = 77 AS $$ \(query) $$",
            efSearch: #"77 function("match_documents")"#
        ),
        Function(
            testDescription: "PL/pgSQL with its own SET",
            definition: """
                \(signature) LANGUAGE plpgsql SET hnsw.ef_search = 78 SET search_path = public
                AS $$ #variable_conflict use_column
                BEGIN RETURN QUERY \(query); END $$
                """,
            efSearch: #"78 function("match_documents")"#
        ),
        Function(
            testDescription: "PL/pgSQL that sets within",
            definition: """
                \(signature) LANGUAGE plpgsql AS $$ #variable_conflict use_column
                BEGIN SET LOCAL hnsw.ef_search = 79; RETURN QUERY \(query); END $$
                """,
            efSearch: #"79 function("match_documents")"#
        ),
        Function(
            testDescription: "BEGIN ATOMIC",
            definition: "\(signature) LANGUAGE sql BEGIN ATOMIC \(query); END",
            efSearch: "40 builtIn"
        ),
        Function(
            testDescription: "called with the names of arguments, in capital letters",
            definition: "\(signature) LANGUAGE sql STABLE AS $$ \(query) $$",
            call: """
                SELECT count(*)
                FROM Public.MATCH_DOCUMENTS(match_count => 4, query_embedding => '[1,2,3]', match_threshold => 0)
                """,
            efSearch: "40 builtIn"
        ),
    ]

    @Test("are those of the table, with the settings of the function", arguments: functions)
    func function(_ function: Function) async throws {
        try await withCountedStatements { database in
            // A session that has not loaded pgvector knows none of its settings.
            try await database.execute("SELECT '[1]'::vector; \(function.definition)")
            for _ in 1...3 { try await database.execute(function.call) }
            let search = try await database.searches().one()
            #expect(search.source == .function("match_documents"))
            #expect(search.shape.kind == .nearest)
            #expect(search.shape.distanceMetric == .cosineDistance)
            #expect(search.shape.searched == .column)
            #expect(search.shape.limit == .some)
            #expect(search.shape.obstacles.isEmpty)
            #expect(search.usage.calls == 3)
            #expect(search.usage.rowsPerCall == nil, "its rows are those of the statement that calls it")
            #expect(search.setting("hnsw.ef_search") == function.efSearch)
        }
    }

    @Test("belong to the function that the call means, by schema and arguments")
    func overloads() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                CREATE SCHEMA other;
                CREATE FUNCTION near(v vector) RETURNS SETOF bigint LANGUAGE sql
                    AS 'SELECT id FROM items ORDER BY embedding <-> v LIMIT 1';
                CREATE FUNCTION near(v vector, n int) RETURNS SETOF bigint LANGUAGE sql
                    AS 'SELECT id FROM items ORDER BY embedding <=> v LIMIT n';
                CREATE FUNCTION other.near(v vector) RETURNS SETOF bigint LANGUAGE sql
                    AS 'SELECT id FROM items ORDER BY embedding <#> v LIMIT 1';
                SELECT near('[1,2,3]');
                SELECT other.near('[1,2,3]');
                """
            )
            let searches = try await database.searches()
            #expect(Set(searches.map(\.shape.distanceMetric)) == [.l2Distance, .maxInnerProduct])
        }
    }

    @Test("are counted once where the server counts what functions run", arguments: functions)
    func trackAll(_ function: Function) async throws {
        try await withCountedStatements { database in
            try await database.administer(
                "ALTER DATABASE \(Identifier(database.name)) SET pg_stat_statements.track = 'all'"
            )
            // A session that has not loaded pgvector knows none of its settings.
            try await database.execute("SELECT '[1]'::vector; \(function.definition)")
            for _ in 1...3 { try await database.execute(function.call) }
            let searches = try await database.searches()
            #expect(searches.reduce(0) { $0 + ($1.usage.calls ?? 0) } == 3, "\(searches.map(\.source))")
        }
    }
}
