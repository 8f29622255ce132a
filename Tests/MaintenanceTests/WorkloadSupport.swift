import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

/// Runs a test with a database whose statements are counted, with a table `items`.
///
/// - Parameters:
///   - installing: The statement that installs pg_stat_statements, if anything does.
///   - body: The test.
/// - Throws: What the test throws, and if there is no database.
func withCountedStatements(
    installing: String = "CREATE EXTENSION pg_stat_statements",
    _ body: (TestDatabase) async throws -> Void
) async throws {
    try await withDatabase(on: .withStatements) { database in
        try await database.administer(installing)
        try await database.execute(items)
        try await body(database)
    }
}

/// A table of the application, with a few rows.
let items = """
    CREATE TABLE items (id bigint PRIMARY KEY, tenant int, live boolean DEFAULT TRUE, meta jsonb DEFAULT '{}',
        embedding vector(3));
    INSERT INTO items SELECT g, g % 2, TRUE, '{"k": "v"}', ARRAY[g, g % 7, 1]::vector FROM generate_series(1, 40) AS g;

    """

/// The collection of ``items``.
let itemsName = "public.items.embedding"

extension TestDatabase {
    /// An assessor as the role of vecsteward, which keeps what it has read from poll to poll.
    func assessor() async throws -> Assessor { try Assessor(connections(await target(nil))) }

    /// The searches of a collection after a first poll.
    func searches(_ name: String = itemsName) async throws -> [Search] {
        try await assess(self).collection(name).searches
    }

    /// Forgets what was counted in this database; that of others stays.
    func resetStatements() async throws {
        try await query(
            "SELECT pg_stat_statements_reset(0, (SELECT oid FROM pg_database WHERE datname = current_database()), 0)"
        )
    }
}

extension Assessment {
    /// The searches of a collection.
    func searches(_ name: String = itemsName) throws -> [Search] { try collection(name).searches }
}

extension Search {
    /// A setting as `value (where it comes from)`.
    func setting(_ name: String) -> String? { settings[name].map { "\($0.value) \($0.source)" } }
}

extension [Search] {
    /// The only one of them.
    func one() throws -> Search {
        try #require(count == 1, "\(map { "\($0.shape.distanceMetric) \($0.source) \($0.shape.filters)" })")
        return self[0]
    }
}

extension SearchSources.Statements {
    /// Whether all is read.
    var isRead: Bool {
        if case .read = self { return true }
        return false
    }
}
