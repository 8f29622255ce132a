import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

/// What a poll asks the server about searches, where it has asked before.
@Suite(
    "Round trips for searches",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root")
)
struct WorkloadRoundTripTests {
    private let search = "SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 4"

    @Test("with pg_stat_statements it is one where nothing is new, and two more for a new search")
    func statements() async throws {
        try await withCountedStatements { database in
            try await database.execute(search)
            var reading = try await Reading.of(database)
            // What the reader and this test run is new to it at first.
            for _ in 1...3 {
                try await reading.read()
                _ = try await database.transactions(in: database)
            }
            let before = try await database.transactions(in: database)
            #expect(try await reading.read().one().usage.calls == 1)
            #expect(try await database.transactions(in: database) - before == 1)

            // The same role and the same statement: only the numbers are new.
            try await database.execute(search)
            let again = try await database.transactions(in: database)
            #expect(try await reading.read().one().usage.calls == 2)
            #expect(try await database.transactions(in: database) - again == 1)

            try await database.execute("SELECT id FROM items ORDER BY embedding <#> '[1,2,3]' LIMIT 1")
            let new = try await database.transactions(in: database)
            #expect(try await reading.read().count == 2)
            #expect(try await database.transactions(in: database) - new == 3, "its text, and what its names mean")
        }
    }

    @Test("with the settings of the roles, also of one that has not searched before")
    func roles() async throws {
        try await withCountedStatements { database in
            let (role, name) = (Identifier(try database.user(.application)), Identifier(database.name))
            try await database.execute(search)
            var reading = try await Reading.of(database)
            #expect(try await reading.read().one().setting("hnsw.ef_search") == "40 builtIn")
            try await database.administer("ALTER ROLE \(role) IN DATABASE \(name) SET hnsw.ef_search = 70")
            #expect(try await reading.read().one().settings["hnsw.ef_search"]?.value == "70")
            try await database.administer(
                "ALTER ROLE postgres IN DATABASE \(name) SET hnsw.ef_search = 90; \(search)"
            )
            let found = try await reading.read()
            #expect(Set(found.compactMap { $0.settings["hnsw.ef_search"]?.value }) == ["70", "90"])
        }
    }

    @Test("without the extension it is one where sessions show the same texts as before")
    func activity() async throws {
        // The extension in another database counts what is asked in this one.
        try await withCountedStatements { counting in
            try await withDatabase(on: .withStatements) { database in
                try await database.execute(items)
                var client = try await database.connect(as: .application)
                _ = try await client.query(Statement(search))
                var reading = try await Reading.of(database)
                #expect(try await reading.read().one().source == .activity)
                let before = try await counting.transactions(in: database)
                #expect(try await reading.read().one().source == .activity)
                #expect(try await counting.transactions(in: database) - before == 1)

                _ = try await client.query("SELECT id FROM items ORDER BY embedding <#> '[1,2,3]' LIMIT 1")
                #expect(try await reading.read().count == 2)
                withExtendedLifetime(client.isUsable) {}
            }
        }
    }
}

/// A reader on an open connection of vecsteward's role, as a daemon has it.
private struct Reading: ~Copyable {
    private let reader = WorkloadReader(statementTimeout: .seconds(30))
    private let snapshot: CatalogSnapshot
    private var connection: Connection

    private init(_ connection: consuming Connection, _ snapshot: CatalogSnapshot) {
        self.connection = connection
        self.snapshot = snapshot
    }

    static func of(_ database: TestDatabase) async throws -> Reading {
        var connection = try await database.connections(try await database.target(nil)).open()
        let poll = Poll(scope: CollectionScope(), statementTimeout: .seconds(30))
        let snapshot = try await poll.observe(&connection)
        return Reading(connection, snapshot)
    }

    /// The searches of ``items``.
    @discardableResult
    mutating func read() async throws -> [Search] {
        var seen = snapshot
        try await reader.complete(&seen, on: &connection)
        return try #require(seen.collections.first { $0.name.description == itemsName }).searches
    }
}

extension TestDatabase {
    /// How many transactions of vecsteward's readers, each of which is one round trip, there were in a database.
    fileprivate func transactions(in other: TestDatabase) async throws -> Int64 {
        let row = try await query(
            """
            SELECT coalesce(sum(calls), 0)::int8 AS calls FROM pg_stat_statements
            WHERE dbid = (SELECT oid FROM pg_database WHERE datname = \(other.name))
                AND query LIKE 'BEGIN%READ ONLY'
            """
        ).one()
        return try row["calls", as: Int64.self]
    }
}
