internal import Advisor
internal import Postgres

/// Reads the samples of indexes whose use is in doubt by their counters.
struct IndexUse {
    var transaction: ReadOnlyTransaction

    /// Adds the samples.
    ///
    /// - Parameters:
    ///   - snapshot: The snapshot of the poll.
    ///   - policies: The configuration.
    ///   - isSampling: Whether the caller records samples.
    ///   - connection: An open connection.
    /// - Throws: If the server rejects a statement or the connection is lost.
    func complete(
        _ snapshot: inout CatalogSnapshot,
        policies: PolicyBook,
        isSampling: Bool,
        on connection: inout Connection
    ) async throws(PostgresError) {
        let doubtful = snapshot.indexesOfDoubtfulUse(policies: policies)
        guard !doubtful.isEmpty else { return }
        // Without samples, which a reporting role may not be allowed to read, the counters alone decide.
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
        snapshot.add(samples, of: doubtful, isSampling: isSampling)
    }
}
