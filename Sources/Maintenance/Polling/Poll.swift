public import Advisor
public import Postgres

/// One poll of a database: a fixed number of statements in one round trip, whatever the number of collections.
public struct Poll: Sendable {
    private let transaction: ReadOnlyTransaction
    private let scope: CollectionScope

    /// Creates a poll.
    ///
    /// - Parameters:
    ///   - scope: The collections to read.
    ///   - statementTimeout: The longest time of a statement.
    public init(scope: CollectionScope, statementTimeout: Duration) {
        transaction = ReadOnlyTransaction(statementTimeout: statementTimeout)
        self.scope = scope
    }

    /// Polls in one round trip.
    ///
    /// Sizes and expressions take an AccessShareLock, which waits behind an AccessExclusiveLock. The poll skips
    /// relations that are locked when the statement starts. If one is locked just after that, the lock timeout ends the
    /// poll, and it runs again without those parts.
    ///
    /// - Parameter connection: An open connection, without an open transaction.
    /// - Returns: The snapshot.
    /// - Throws: If the connection is lost or the server does not answer in time.
    public func observe(_ connection: inout Connection) async throws(PostgresError) -> CatalogSnapshot {
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
    ) async throws(PostgresError) -> CatalogSnapshot {
        var reader = PollReader(scope: scope)
        try await connection.read(PollReader.statements(measuring: measuring), in: transaction) {
            (position, rows) throws(PostgresError) in
            try reader.read(rows, of: position)
        }
        return try reader.snapshot()
    }
}

/// The statements of a poll, and the snapshot that their rows add up to.
///
/// Rows are read while the server produces the next ones.
private struct PollReader {
    private var server: ServerFacts?
    private var names = CatalogNames()
    private var builds: [ActiveBuild] = []
    private var snapshotHolders: [SnapshotHolder] = []
    private var locks = RelationLocks()
    private var indexes = IndexRows()
    private var collections: CollectionRows

    init(scope: CollectionScope) {
        collections = CollectionRows { scope.contains($0) }
    }

    static func statements(measuring: Bool) -> [Statement] {
        [
            Statement(PackageResources.poll_server_facts_sql),
            Statement(PackageResources.poll_locks_sql),
            Statement(PackageResources.poll_builds_sql),
            Statement(PackageResources.poll_snapshot_holders_sql),
            Statement(PackageResources.poll_schemas_sql),
            Statement(PackageResources.poll_owners_sql),
            Statement(PackageResources.poll_types_sql),
            Statement(PackageResources.poll_operator_classes_sql),
            Statement(PackageResources.poll_keys_sql),
            Statement(PackageResources.poll_indexes_sql, [measuring]),
            Statement(PackageResources.poll_relations_sql, [measuring]),
        ]
    }

    mutating func read(_ rows: Rows, of position: Int) throws(PostgresError) {
        switch position {
        case 0: for row in rows { server = try ServerFacts(row) }
        case 1: try locks.add(rows)
        case 2: for row in rows { builds.append(try ActiveBuild(row)) }
        case 3: for row in rows { snapshotHolders.append(try SnapshotHolder(row)) }
        case 4: try names.add(schemas: rows)
        case 5: try names.add(owners: rows)
        case 6: try names.add(types: rows)
        case 7: try names.add(operatorClasses: rows)
        case 8: try indexes.add(keys: rows)
        case 9: try indexes.add(rows, names: names)
        default:
            try collections.add(
                rows,
                names: names,
                indexes: &indexes,
                locks: locks,
                seesAllActivity: server?.seesAllActivity ?? false
            )
        }
    }

    mutating func snapshot() throws(PostgresError) -> CatalogSnapshot {
        guard let server else { throw PostgresError(.decoding, "the server sent no facts about itself") }
        let collections = self.collections.takeCollections()
        return CatalogSnapshot(
            server: server,
            collections: collections,
            builds: builds,
            snapshotHolders: snapshotHolders,
            missingPrivileges: MissingPrivileges.of(server: server, collections: collections)
        )
    }
}
