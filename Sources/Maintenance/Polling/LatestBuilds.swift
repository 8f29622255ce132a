internal import Advisor
internal import Postgres

/// Reads which indexes were the last to be built on their tables, where the row counts of both differ.
struct LatestBuilds {
    var transaction: ReadOnlyTransaction

    /// Sets ``VectorIndex/isLatestBuild`` of the indexes that it matters for.
    func complete(_ snapshot: inout CatalogSnapshot, on connection: inout Connection) async throws(PostgresError) {
        let asked = snapshot.indexesMissingRows
        guard !asked.isEmpty else { return }
        let statement = Statement(PackageResources.latest_builds_sql, [asked.map { Int64($0) }])
        var latest: Set<UInt32> = []
        for row in try await connection.read([statement], in: transaction)[0] { latest.insert(try row.oid("oid")) }
        snapshot.updateIndexes { index, _ in
            if latest.contains(index.oid) { index.isLatestBuild = true }
        }
    }
}
