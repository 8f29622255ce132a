internal import Advisor
internal import Postgres

/// Reads how often values occur in the columns of planned indexes.
struct ValueStatistics {
    var transaction: ReadOnlyTransaction

    /// Adds what the last ANALYZE has found.
    ///
    /// - Returns: Whether there was anything to add.
    @discardableResult
    func complete(
        _ snapshot: inout CatalogSnapshot,
        of named: Set<CollectionName>,
        on connection: inout Connection
    ) async throws(PostgresError) -> Bool {
        guard !named.isEmpty else { return false }
        var oids: [Int64] = []
        var columns: [String] = []
        // Of values that are too wide to compare, ANALYZE takes all for different, and makes a share of that where some are NULL.
        for collection in snapshot.collections where named.contains(collection.name) && !collection.hidesEqualRows {
            for relation in collection.relations {
                oids.append(Int64(relation.oid))
                columns.append(collection.name.column)
            }
        }
        guard !oids.isEmpty else { return false }
        let statement = Statement(PackageResources.value_statistics_sql, [oids, columns])
        struct Place: Hashable {
            var oid: UInt32
            var column: String
        }
        var found: [Place: (nDistinct: Double, shares: [Double])] = [:]
        for rows in try await connection.read([statement], in: transaction) {
            for row in rows {
                let place = Place(oid: try row.oid("oid"), column: try row["column", as: String.self])
                found[place] = (
                    try row["n_distinct", as: Double.self], try row["common_shares", as: [Double]?.self] ?? []
                )
            }
        }
        var isAny = false
        for collection in snapshot.collections.indices where named.contains(snapshot.collections[collection].name) {
            let column = snapshot.collections[collection].name.column
            for relation in snapshot.collections[collection].relations.indices {
                let seen = snapshot.collections[collection].relations[relation]
                guard let fact = found[Place(oid: seen.oid, column: column)],
                    let distinct = DistinctValues(
                        nDistinct: fact.nDistinct,
                        commonShares: fact.shares,
                        rows: seen.rows.value
                    )
                else { continue }
                snapshot.collections[collection].relations[relation].distinct = distinct
                isAny = true
            }
        }
        return isAny
    }
}
