import DatabaseFixture
import Postgres
import Testing

@Suite(
    "Searches with a filter",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root"),
    .timeLimit(.minutes(5))
)
struct FilteredSearchTests {
    /// The rows that each of some searches for ten of one tenant returns, in sessions of their own.
    private func search(_ database: TestDatabase) async throws -> Double {
        var rows = 0
        for number in 1...12 {
            var session = try await database.connect(as: .application)
            let sql = "SELECT id FROM docs WHERE tenant = 3 ORDER BY vec <=> '[\(number),2,3,4]' LIMIT 10"
            rows += try await session.query(Statement(sql)).count
        }
        return Double(rows) / 12
    }

    /// Forgets what was counted in this database; that of others stays.
    private func forgetStatements(_ database: TestDatabase) async throws {
        try await database.query(
            "SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)"
        )
    }

    @Test("lose rows to a new index, which is said before; what is advised then brings the rows back")
    func lostAndFound() async throws {
        try await withDatabase(on: .withStatements) { database in
            try await database.administer("CREATE EXTENSION pg_stat_statements")
            try await database.execute(
                """
                CREATE TABLE docs (id int, tenant int, vec vector(4));
                SELECT setseed(0.5);
                INSERT INTO docs
                SELECT g, g % 20, ARRAY[random(), random(), random(), random()]::vector FROM generate_series(1, 20000) AS g;
                ANALYZE docs;
                """
            )
            #expect(try await search(database) == 10)
            let build = try await database.run(["create-index", "docs"])
            #expect(build.status == 0, "\(build.errors)")
            #expect(
                build.errors.contains("a filter: with the index they are expected to get about 2 of 10 rows")
                    && build.errors.contains("pg_stats") && build.errors.contains("the filter keeps 5 %"),
                "\(build.errors)"
            )
            // The operator of the searches, which is not that of a guess.
            #expect(!build.errors.contains("is a guess"), "\(build.errors)")

            try await forgetStatements(database)
            #expect(try await search(database) < 10)
            let ill = try await ProgramRun.dryRun(on: database)
            #expect(ill.output.contains("\n  filtered ("), "\(ill.output)")
            let statements = ill.output.matches(of: /ALTER ROLE [^;]*iterative_scan[^;]*;/).map { String($0.output) }
            #expect(!statements.isEmpty, "\(ill.output)")
            for statement in statements { try await database.administer(statement) }

            try await forgetStatements(database)
            #expect(try await search(database) == 10)
            let cured = try await ProgramRun.dryRun(on: database)
            #expect(!cured.output.contains("\n  filtered ("), "\(cured.output)")
            #expect(!cured.output.contains("\n  unused ("), "\(cured.output)")
        }
    }

    /// A table with an HNSW index, whose rows have one of a hundred tenants each, and one of four kinds.
    private static let table = """
        CREATE TABLE docs (id int, tenant int, kind text, vec vector(4));
        SELECT setseed(0.5);
        INSERT INTO docs
        SELECT g, g % 100, 'kind ' || g % 4, ARRAY[random(), random(), random(), random()]::vector
        FROM generate_series(1, 10000) AS g;
        CREATE INDEX ON docs USING hnsw (vec vector_cosine_ops);
        ANALYZE docs;
        """

    /// A search that nothing counts the rows of.
    private static func cursor(_ condition: String) -> String {
        "BEGIN; DECLARE found CURSOR FOR SELECT id FROM docs WHERE \(condition) ORDER BY vec <=> '[1,2,3,4]' LIMIT 10; COMMIT;"
    }

    @Test("are foreseen to lose rows by the planner's statistics, until an index on the filter finds them")
    func foreseen() async throws {
        try await withDatabase(on: .withStatements) { database in
            try await database.administer("CREATE EXTENSION pg_stat_statements")
            try await database.execute(Self.table + Self.cursor("kind = 'kind 3'"))
            let enough = try await ProgramRun.dryRun(on: database)
            #expect(!enough.output.contains("\n  filtered ("), "\(enough.output)")

            try await database.execute(Self.cursor("tenant = 3"))
            let short = try await ProgramRun.dryRun(on: database)
            #expect(short.output.contains("expected to return about 0.4 of 10 rows"), "\(short.output)")
            #expect(!short.output.contains("kind 3"), "\(short.output)")
            let creation = try #require(short.output.firstMatch(of: /CREATE INDEX CONCURRENTLY ON [^;]*"tenant"\);/))
                .output
            try await database.execute(String(creation))
            try await database.execute("ANALYZE docs")
            let cured = try await ProgramRun.dryRun(on: database)
            #expect(!cured.output.contains("\n  filtered ("), "\(cured.output)")
            let sql = "SELECT id FROM docs WHERE tenant = 3 ORDER BY vec <=> '[1,2,3,4]' LIMIT 10"
            #expect(try await database.query(Statement(sql)).count == 10)
        }
    }

    @Test("get a partial index for each frequent value from the statement that writes them")
    func partialIndexes() async throws {
        try await withDatabase(on: .withStatements) { database in
            try await database.administer("CREATE EXTENSION pg_stat_statements")
            let condition = "kind = 'kind 3'"
            let table = Self.table.replacing("g % 4", with: "g % 20")
            try await database.execute(table + Self.cursor(condition))
            let short = try await ProgramRun.dryRun(on: database)
            #expect(!short.output.contains("kind 3"), "\(short.output)")
            let writing = try #require(short.output.firstMatch(of: /SELECT pg_catalog.count[^;]*%1\$L;'[^;]*;/)).output
            var written = 0
            for row in try await database.query(Statement(String(writing))) {
                try await database.execute(try row["statement", as: String.self])
                written += 1
            }
            #expect(written == 20)
            let sql = "SELECT id FROM docs WHERE \(condition) ORDER BY vec <=> '[1,2,3,4]' LIMIT 10"
            #expect(try await database.query(Statement(sql)).count == 10)
        }
    }
}
