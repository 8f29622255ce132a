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
                build.errors.contains("a filter: with the index they can get fewer rows than they ask for"),
                "\(build.errors)"
            )
            // The operator of the searches, which is not that of a guess.
            #expect(!build.errors.contains("is a guess"), "\(build.errors)")

            try await database.administer("SELECT pg_stat_statements_reset()")
            #expect(try await search(database) < 10)
            let ill = try await ProgramRun.dryRun(on: database)
            #expect(ill.output.contains("\n  filtered ("), "\(ill.output)")
            let statements = ill.output.matches(of: /ALTER ROLE [^;]*iterative_scan[^;]*;/).map { String($0.output) }
            #expect(!statements.isEmpty, "\(ill.output)")
            for statement in statements { try await database.administer(statement) }

            try await database.administer("SELECT pg_stat_statements_reset()")
            #expect(try await search(database) == 10)
            let cured = try await ProgramRun.dryRun(on: database)
            #expect(!cured.output.contains("\n  filtered ("), "\(cured.output)")
            #expect(!cured.output.contains("\n  unused ("), "\(cured.output)")
        }
    }
}
