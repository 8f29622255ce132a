internal import Advisor
internal import Postgres

/// Measures the indexes that findings are about; the poll itself goes by the catalog's number of pages.
struct IndexSizes {
    var transaction: ReadOnlyTransaction

    /// Measures, where no lock is in the way; otherwise the estimates stay.
    func measure(
        _ observation: inout Observation,
        findings: [Finding],
        on connection: inout Connection
    ) async throws(PostgresError) {
        let named = Set(findings.compactMap { $0.index == nil ? nil : $0.collection })
        var oids: [Int64] = []
        for collection in observation.collections where named.contains(collection.name) {
            for relation in collection.relations where relation.lockedBy == nil {
                oids += relation.indexes.map { Int64($0.oid) }
            }
        }
        guard !oids.isEmpty else { return }
        var sizes: [UInt32: Int64] = [:]
        do {
            let results = try await connection.read(
                [Statement(PackageResources.measure_indexes_sql, [oids])],
                in: transaction
            )
            for row in results[0] { sizes[try row.oid("oid")] = try row["size_bytes", as: Int64?.self] }
        } catch {
            guard error.code == .server else { throw error }
            return
        }
        for collection in observation.collections.indices where named.contains(observation.collections[collection].name)
        {
            for relation in observation.collections[collection].relations.indices {
                for index in observation.collections[collection].relations[relation].indexes.indices {
                    let oid = observation.collections[collection].relations[relation].indexes[index].oid
                    guard let size = sizes[oid] else { continue }
                    observation.collections[collection].relations[relation].indexes[index].sizeBytes = size
                    observation.collections[collection].relations[relation].indexes[index].isSizeMeasured = true
                }
            }
        }
    }
}
