/// The jobs of a plan that are in the queue already.
public struct QueuedWork: Sendable {
    private var entries: [WorkKey: QueueEntry] = [:]

    /// Looks for the jobs of a queue.
    ///
    /// One that has failed counts for as long as the table, and the build of the index that it was for, are the same: until
    /// then the queue does not take the same work again.
    ///
    /// - Parameters:
    ///   - queue: The queue, `nil` where there is none.
    ///   - snapshot: The indexes as they are now.
    init(_ queue: QueueSnapshot?, in snapshot: CatalogSnapshot) {
        guard let queue, !queue.entries.isEmpty else { return }
        let identities = Self.identities(in: snapshot)
        let tables = Self.tables(in: snapshot)
        for entry in queue.entries {
            let record = entry.record
            guard let target = record.job.targets.first else { continue }
            let key = WorkKey(record.job, target)
            guard record.state == .failed else {
                entries[key] = entry
                continue
            }
            let isSameIndex = record.oldIndex.map { identities[$0.oid] == $0 } ?? true
            let isSameTable = record.tableOID.map { tables[RelationName(target)] ?? $0 == $0 } ?? true
            if isSameIndex, isSameTable, entries[key] == nil { entries[key] = entry }
        }
    }

    /// The jobs of the queue that are one of the plan, one for each of its targets.
    ///
    /// - Parameter job: A job of the plan.
    /// - Returns: `nil` where there is none for some target, so that there is something to be queued.
    public func entries(for job: Job) -> [QueueEntry]? {
        guard !entries.isEmpty, !job.targets.isEmpty else { return nil }
        var found: [QueueEntry] = []
        for target in job.targets {
            guard let entry = entries[WorkKey(job, target)] else { return nil }
            found.append(entry)
        }
        return found
    }

    private static func tables(in snapshot: CatalogSnapshot) -> [RelationName: UInt32] {
        var tables: [RelationName: UInt32] = [:]
        for relation in snapshot.collections.lazy.flatMap(\.relations) {
            tables[RelationName(schema: relation.schema, name: relation.table)] = relation.oid
        }
        return tables
    }

    private static func identities(in snapshot: CatalogSnapshot) -> [UInt32: IndexIdentity] {
        var identities: [UInt32: IndexIdentity] = [:]
        for relation in snapshot.collections.lazy.flatMap(\.relations) {
            for index in relation.indexes {
                identities[index.oid] = index.identity
            }
        }
        return identities
    }
}
