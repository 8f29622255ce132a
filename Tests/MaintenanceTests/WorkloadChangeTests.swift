import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

/// What happens between two polls of one assessor.
@Suite(
    "Searches from poll to poll",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root")
)
struct WorkloadChangeTests {
    private let search = "SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 4;"

    @Test("a new search is read at the next poll, and the text of an old one is not fetched again")
    func newStatements() async throws {
        try await withCountedStatements { database in
            let assessor = try await database.assessor()
            try await database.execute(search)
            // What the assessor and this test run is new to it at first.
            for _ in 1...3 {
                _ = try await assessor.assess()
                _ = try await database.fetchedTexts()
            }
            let before = try await database.fetchedTexts()
            #expect(try await assessor.assess().searches().one().usage.calls == 1)
            #expect(try await database.fetchedTexts() == before, "nothing was new")

            try await database.execute(search + "SELECT id FROM items ORDER BY embedding <#> '[1,2,3]' LIMIT 1")
            let searches = try await assessor.assess().searches()
            #expect(searches.map(\.usage.calls) == [2, 1])
            #expect(searches.map(\.shape.distanceMetric) == [.cosineDistance, .maxInnerProduct])
            let after = try await database.fetchedTexts()
            #expect(after.rows - before.rows == 1, "the old one was fetched again")
            #expect(after.calls - before.calls == 1)
        }
    }

    @Test("a renamed table keeps its searches")
    func renamed() async throws {
        try await withCountedStatements { database in
            let assessor = try await database.assessor()
            try await database.execute(search)
            _ = try await assessor.assess()
            try await database.execute(
                "ALTER TABLE items RENAME TO things; CREATE SCHEMA s; ALTER TABLE things SET SCHEMA s"
            )
            #expect(try await assessor.assess().searches("s.things.embedding").one().usage.calls == 1)
            try await database.execute("SELECT id FROM s.things ORDER BY embedding <=> '[1,2,3]' LIMIT 4")
            #expect(try await assessor.assess().searches("s.things.embedding").one().usage.calls == 2)
        }
    }

    @Test("a table that is made anew gets the searches of its own")
    func madeAnew() async throws {
        try await withCountedStatements { database in
            let assessor = try await database.assessor()
            try await database.execute(search)
            #expect(try await assessor.assess().searches().count == 1)
            try await database.execute("DROP TABLE items")
            #expect(try await assessor.assess().snapshot.collections.isEmpty)
            try await database.execute(items + search + search)
            #expect(try await assessor.assess().searches().one().usage.calls == 2)
        }
    }

    @Test("a renamed column has no searches: the server keeps the texts with the name before")
    func renamedColumn() async throws {
        try await withCountedStatements { database in
            let assessor = try await database.assessor()
            try await database.execute(search)
            _ = try await assessor.assess()
            try await database.execute("ALTER TABLE items RENAME embedding TO vec")
            #expect(try await assessor.assess().searches("public.items.vec").isEmpty)
            try await database.resetStatements()
            try await database.execute("SELECT id FROM items ORDER BY vec <=> '[1,2,3]' LIMIT 4")
            #expect(try await assessor.assess().searches("public.items.vec").one().usage.rowsPerCall == 4)
        }
    }

    @Test("a reset begins from nothing")
    func reset() async throws {
        try await withCountedStatements { database in
            let assessor = try await database.assessor()
            for _ in 1...3 { try await database.execute(search) }
            #expect(try await assessor.assess().searches().one().usage.calls == 3)
            try await database.resetStatements()
            let empty = try await assessor.assess()
            #expect(try empty.searches().isEmpty)
            #expect(try #require(empty.snapshot.searchSources).statements.isRead)
            try await database.execute(search)
            let again = try await assessor.assess().searches().one()
            #expect(again.usage.calls == 1)
            #expect(again.usage.rowsPerCall == 4)
        }
    }

    @Test(
        "the extension may be of any version, and be updated in between",
        arguments: ["1.4", "1.5", "1.7", "1.8", "1.9", "1.10"]
    )
    func update(version: String) async throws {
        let installing =
            "CREATE EXTENSION pg_stat_statements VERSION '1.4'; ALTER EXTENSION pg_stat_statements UPDATE TO '\(version)'"
        try await withCountedStatements(installing: installing) { database in
            let assessor = try await database.assessor()
            try await database.execute(search)
            let before = try await assessor.assess()
            #expect(try #require(before.snapshot.searchSources).statements.isRead)
            #expect(try before.searches().one().usage.rowsPerCall == 4)
            try await database.administer("ALTER EXTENSION pg_stat_statements UPDATE")
            try await database.execute(search)
            let after = try await assessor.assess().searches().one()
            #expect(after.usage.calls == 2)
            #expect(after.usage.perHour != 0)
        }
    }

    @Test("an extension that is dropped and comes back in another schema is read there")
    func moved() async throws {
        try await withCountedStatements { database in
            let assessor = try await database.assessor()
            try await database.execute(search)
            _ = try await assessor.assess()
            try await database.administer("DROP EXTENSION pg_stat_statements")
            let without = try await assessor.assess()
            #expect(without.snapshot.searchSources?.statements == .notInstalled(isLoaded: true))
            #expect(try without.searches().isEmpty)
            try await database.administer(
                """
                CREATE SCHEMA "the ""stats"; GRANT USAGE ON SCHEMA "the ""stats" TO PUBLIC;
                CREATE EXTENSION pg_stat_statements SCHEMA "the ""stats";
                """
            )
            #expect(try await assessor.assess().searches().one().usage.calls == 1)
        }
    }

    @Test("a view whose table is locked takes no search away")
    func locked() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                CREATE TABLE other (id bigint, v vector(3));
                CREATE VIEW near AS SELECT id, v FROM other;
                SELECT id FROM near ORDER BY v <-> '[1,2,3]' LIMIT 1;
                """ + search
            )
            let assessor = try await database.assessor()
            var locker = try await database.connect()
            try await locker.run(script: "BEGIN; LOCK TABLE other IN ACCESS EXCLUSIVE MODE")
            let during = try await assessor.assess()
            #expect(try #require(during.snapshot.searchSources).statements.isRead)
            #expect(try during.searches().one().usage.calls == 1)
            try await locker.run(script: "COMMIT")
            let after = try await assessor.assess()
            #expect(try after.searches("public.other.v").one().source == .view("near"))
            try await locker.run(script: "BEGIN; LOCK TABLE other IN ACCESS EXCLUSIVE MODE")
            #expect(try await assessor.assess().searches("public.other.v").one().source == .view("near"))
        }
    }
}

extension TestDatabase {
    /// How often vecsteward fetched texts here, and how many it got.
    fileprivate func fetchedTexts() async throws -> (calls: Int64, rows: Int64) {
        let row = try await query(
            """
            SELECT coalesce(sum(calls), 0)::int8 AS calls, coalesce(sum(rows), 0)::int8 AS rows
            FROM pg_stat_statements
            WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND query LIKE '%octet_length(statement.query)%' AND query NOT LIKE '%LIKE%'
            """
        ).one()
        return (try row["calls", as: Int64.self], try row["rows", as: Int64.self])
    }
}
