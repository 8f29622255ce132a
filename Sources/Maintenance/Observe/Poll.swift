internal import Advisor
internal import Postgres

/// One look at a database: a fixed number of statements in one round trip, whatever the number of collections.
struct Poll {
    var transaction: ReadOnlyTransaction
    var scope: CollectionScope

    /// Looks.
    ///
    /// Sizes and expressions take an AccessShareLock, which waits behind an AccessExclusiveLock. Relations that are
    /// locked when the statement begins are passed over; when one is locked just after that, the lock timeout ends
    /// the poll, and it is repeated without those parts.
    func observe(_ connection: inout Connection) async throws(PostgresError) -> Observation {
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
            throw PostgresError(code: .protocolViolation, message: "the server sent no facts about itself")
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
