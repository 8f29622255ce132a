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

    @Test("behind functions that all call each other are followed for a while, and it is said", .timeLimit(.minutes(1)))
    func circle() async throws {
        try await withCountedStatements { database in
            // Over seventeen million ways lead through five of them.
            let calls = (1...30).map { "PERFORM f\($0)();" }.joined(separator: " ")
            let functions = (1...30).map { number in
                """
                CREATE FUNCTION f\(number)() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
                    PERFORM id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 1;
                    IF FALSE THEN \(calls) END IF;
                END $$;
                """
            }
            try await database.execute(functions.joined() + "SELECT f1();")
            let assessment = try await assess(database)
            #expect(try assessment.searches().contains { $0.source == .function("f1") })
            #expect(try #require(assessment.snapshot.searchSources).notUnderstood == 1)
        }
    }

    /// Functions that call each other, the last of which searches.
    private static let nested = """
        SELECT '[1]'::vector;
        CREATE FUNCTION inner_search(v vector, n int) RETURNS SETOF bigint LANGUAGE sql SET hnsw.ef_search = 60
            AS 'SELECT id FROM items ORDER BY embedding <=> v LIMIT n';
        CREATE FUNCTION "Middle ""search"(v vector) RETURNS SETOF bigint LANGUAGE plpgsql
            SET hnsw.ef_search = 70 SET hnsw.iterative_scan = 'relaxed_order'
            AS $$ BEGIN RETURN QUERY SELECT * FROM inner_search(v, 4); END $$;
        CREATE FUNCTION outer_search(v vector) RETURNS bigint LANGUAGE plpgsql SET ivfflat.probes = 5 SET hnsw.ef_search = 80
            AS $$ DECLARE found bigint; BEGIN found := (SELECT max(m) FROM "Middle ""search"(v) AS m); RETURN found; END $$;

        """

    @Test("that other functions call are found behind these, with the settings of the nearest that has them")
    func callers() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                Self.nested
                    + """
                    CREATE FUNCTION atomic_search(v vector) RETURNS bigint LANGUAGE sql
                        BEGIN ATOMIC SELECT outer_search(v); END;
                    SELECT outer_search('[1,2,3]');
                    """
            )
            var search = try await database.searches().one()
            #expect(search.source == .function("inner_search") && search.usage.calls == 1)
            #expect(search.setting("hnsw.ef_search") == #"60 function("inner_search")"#)
            #expect(search.setting("hnsw.iterative_scan") == #"relaxed_order function("Middle \"search")"#)
            #expect(search.setting("ivfflat.probes") == #"5 function("outer_search")"#)

            try await database.resetStatements()
            try await database.execute("SELECT atomic_search('[1,2,3]')")
            search = try await database.searches().one()
            #expect(search.source == .function("inner_search"))
            #expect(search.setting("ivfflat.probes") == #"5 function("outer_search")"#)
        }
    }

    @Test("behind functions that call themselves or each other are found once, and not behind too many")
    func cycles() async throws {
        try await withCountedStatements { database in
            // Each calls the next, and the last one searches.
            let chain = (1...6).map { number in
                """
                CREATE FUNCTION chain_\(number)(v vector) RETURNS SETOF bigint LANGUAGE plpgsql
                    AS $$ BEGIN RETURN QUERY SELECT * FROM chain_\(number - 1)(v); END $$;

                """
            }
            try await database.execute(
                """
                CREATE FUNCTION ping(v vector, n int) RETURNS SETOF bigint LANGUAGE plpgsql AS $$ BEGIN
                    IF n > 0 THEN RETURN QUERY SELECT * FROM pong(v, n - 1); END IF;
                    RETURN QUERY SELECT * FROM ping(v, n - 1) WHERE n > 0;
                    RETURN QUERY SELECT id FROM items ORDER BY embedding <-> v LIMIT 1; END $$;
                CREATE FUNCTION pong(v vector, n int) RETURNS SETOF bigint LANGUAGE plpgsql AS $$ BEGIN
                    IF n > 0 THEN RETURN QUERY SELECT * FROM ping(v, n - 1); END IF; END $$;
                CREATE FUNCTION chain_0(v vector) RETURNS SETOF bigint LANGUAGE sql
                    AS 'SELECT id FROM items ORDER BY embedding <#> v LIMIT 1';
                SELECT pong('[1,2,3]', 2);

                """ + chain.joined()
            )
            #expect(try await database.searches().one().source == .function("ping"))
            try await database.resetStatements()
            try await database.execute("SELECT chain_4('[1,2,3]')")
            #expect(try await database.searches().one().source == .function("chain_0"))
            try await database.resetStatements()
            try await database.execute("SELECT chain_6('[1,2,3]')")
            #expect(try await database.searches() == [])
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
