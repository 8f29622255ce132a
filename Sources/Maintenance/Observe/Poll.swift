public import Advisor
public import Postgres

/// One look at a database: a fixed number of statements in one round trip, whatever the number of collections.
public struct Poll: Sendable {
    private let transaction: ReadOnlyTransaction
    private let scope: CollectionScope

    /// Makes ready to look.
    ///
    /// - Parameters:
    ///   - scope: Which collections to look at.
    ///   - statementTimeout: How long a statement may take.
    public init(scope: CollectionScope, statementTimeout: Duration) {
        transaction = ReadOnlyTransaction(statementTimeout: statementTimeout)
        self.scope = scope
    }

    /// Looks, in one round trip.
    ///
    /// Sizes and expressions take an AccessShareLock, which waits behind an AccessExclusiveLock. Relations that are
    /// locked when the statement begins are passed over; when one is locked just after that, the lock timeout ends
    /// the poll, and it is repeated without those parts.
    ///
    /// - Parameter connection: An open connection, with no transaction begun.
    /// - Returns: What was seen.
    /// - Throws: When the connection is lost or the server does not answer in time.
    public func observe(_ connection: inout Connection) async throws(PostgresError) -> Observation {
        do {
            return try await observe(&connection, measuring: true)
        } catch {
            guard error.sqlState == .lockNotAvailable else { throw error }
            return try await observe(&connection, measuring: false)
        }
    }

    private func observe(
        _ connection: inout Connection,
        measuring: Bool
    ) async throws(PostgresError) -> Observation {
        let results = try await connection.read(
            [
                Statement(PackageResources.poll_server_facts_sql),
                Statement(PackageResources.poll_relations_sql, [measuring]),
                Statement(PackageResources.poll_indexes_sql),
                Statement(PackageResources.poll_index_expressions_sql, [measuring]),
                Statement(PackageResources.poll_builds_sql),
                Statement(PackageResources.poll_snapshot_holders_sql),
            ],
            in: transaction
        )
        guard let facts = results[0].first else {
            throw PostgresError(.decoding, "the server sent no facts about itself")
        }
        let server = try ServerFacts(facts)
        let indexes = try IndexRows(indexes: results[2], expressions: results[3])
        let collections = try CollectionRows(
            relations: results[1],
            indexes: indexes,
            seesAllActivity: server.seesAllActivity
        ).collections.filter { scope.contains($0.name) }
        return Observation(
            server: server,
            collections: collections,
            builds: try results[4].map { row throws(PostgresError) in try IndexBuild(row) },
            snapshotHolders: try results[5].map { row throws(PostgresError) in try SnapshotHolder(row) },
            blindSpots: BlindSpots.of(server: server, collections: collections)
        )
    }
}
