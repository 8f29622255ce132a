internal import Advisor
internal import Postgres

/// Reads what was sampled of the use of indexes, for those that the counters raise a doubt about.
struct IndexUse {
    var transaction: ReadOnlyTransaction

    /// Fills in the samples.
    ///
    /// - Parameters:
    ///   - snapshot: What was seen.
    ///   - policies: What is configured.
    ///   - isSampling: Whether whoever looks takes samples.
    ///   - connection: An open connection.
    /// - Throws: When the server refuses or the connection is lost.
    func complete(
        _ snapshot: inout CatalogSnapshot,
        policies: PolicyBook,
        isSampling: Bool,
        on connection: inout Connection
    ) async throws(PostgresError) {
        let doubtful = snapshot.indexesOfDoubtfulUse(policies: policies)
        guard !doubtful.isEmpty else { return }
        // Without samples, which a role that only reports may not be allowed to read, the counters alone are judged.
        let privilege = try await connection.read([Statement(PackageResources.use_readable_sql)], in: transaction)
        guard try privilege[0].first?["is_readable", as: Bool.self] == true else { return }
        let statement = Statement(
            PackageResources.use_samples_sql,
            [
                doubtful.map { Int64($0.oid) }, doubtful.map { Int64($0.relfilenode) }, snapshot.server.observedAt,
                UseSample.days,
            ]
        )
        var samples: [IndexIdentity: UseSample] = [:]
        for row in try await connection.read([statement], in: transaction)[0] {
            let identity = IndexIdentity(oid: try row.oid("oid"), relfilenode: try row.oid("relfilenode"))
            samples[identity] = UseSample(
                takenAt: try row["taken_at", as: Double.self],
                scans: try row["scans", as: Int64.self],
                sequentialScans: try row["sequential_scans", as: Int64.self],
                sequentialRowsRead: try row["sequential_rows_read", as: Int64.self]
            )
        }
        snapshot.take(samples, of: doubtful, isSampling: isSampling)
    }
}
