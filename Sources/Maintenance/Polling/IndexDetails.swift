internal import Advisor
internal import Postgres

/// Reads the details of the indexes that findings are about: true size, tablespace, comment, and the other properties
/// that a rebuild keeps.
struct IndexDetails {
    var transaction: ReadOnlyTransaction

    /// Adds the details.
    ///
    /// Measuring takes a lock; if another session's lock is in the way, the estimates of the poll stay.
    ///
    /// - Returns: Whether there was anything to add.
    func complete(
        _ snapshot: inout CatalogSnapshot,
        findings: [Finding],
        on connection: inout Connection
    ) async throws(PostgresError) -> Bool {
        let named = Set(findings.compactMap { $0.index == nil ? nil : $0.collection })
        return try await complete(&snapshot, of: named, on: &connection)
    }

    /// Adds the details of all indexes of some collections.
    ///
    /// - Returns: Whether there were any.
    @discardableResult
    func complete(
        _ snapshot: inout CatalogSnapshot,
        of named: Set<CollectionName>,
        on connection: inout Connection
    ) async throws(PostgresError) -> Bool {
        var oids: [Int64] = []
        for collection in snapshot.collections where named.contains(collection.name) {
            for relation in collection.relations where relation.lockedBy == nil {
                oids += relation.indexes.map { Int64($0.oid) }
            }
        }
        guard !oids.isEmpty else { return false }
        let details = Statement(PackageResources.index_details_sql, [oids])
        let sizes = Statement(PackageResources.index_sizes_sql, [oids])
        var results: [Rows]
        do {
            results = try await connection.read([details, sizes], in: transaction)
        } catch {
            guard error.code == .server else { throw error }
            results = try await connection.read([details], in: transaction)
        }
        var found: [UInt32: Detail] = [:]
        for row in results[0] {
            found[try row.oid("oid")] = Detail(
                tablespace: try row["tablespace", as: String?.self],
                canCreateInTablespace: try row["can_create", as: Bool.self],
                comment: try row["comment", as: String?.self],
                options: try row["options", as: [String]?.self] ?? [],
                statisticsTarget: try row["statistics_target", as: Int?.self],
                extensions: try row["extensions", as: [String].self]
            )
        }
        for row in results.dropFirst().joined() {
            found[try row.oid("oid")]?.sizeBytes = try row["size_bytes", as: Int64?.self]
        }
        snapshot.updateIndexes(ofCollections: named.contains) { index, _ in found[index.oid]?.fill(&index) }
        return true
    }

    private struct Detail {
        var sizeBytes: Int64?
        var tablespace: String?
        var canCreateInTablespace: Bool
        var comment: String?
        var options: [String]
        var statisticsTarget: Int?
        var extensions: [String]

        func fill(_ index: inout VectorIndex) {
            index.tablespace = tablespace
            index.canCreateInTablespace = canCreateInTablespace
            index.comment = comment
            index.writtenOptions = options
            index.statisticsTarget = statisticsTarget
            index.extensions = extensions
            guard let sizeBytes else { return }
            index.sizeBytes = sizeBytes
            index.isSizeMeasured = true
        }
    }
}
