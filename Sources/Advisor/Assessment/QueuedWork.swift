/// The jobs of a plan that are in the queue already.
public struct QueuedWork: Sendable {
    private var entries: [WorkKey: QueueEntry] = [:]

    /// Finds the jobs of a queue.
    ///
    /// A failed job counts as long as the table, and the build of its index, are the same: until then the queue rejects
    /// the same work.
    ///
    /// - Parameters:
    ///   - queue: The queue; `nil` if there is none.
    ///   - snapshot: The current indexes.
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

    /// The queue entries of a job of the plan, one for each of its targets.
    ///
    /// - Parameter job: A job of the plan.
    /// - Returns: `nil` if a target has none, so there is something to queue.
    public func entries(for job: Job) -> [QueueEntry]? {
        guard !entries.isEmpty, !job.targets.isEmpty else { return nil }
        var found: [QueueEntry] = []
        for target in job.targets {
            guard let entry = entries[WorkKey(job, target)] else { return nil }
            found.append(entry)
        }
        return found
    }

    /// Whether the queue has the work that a finding asks for on a table.
    func contains(_ finding: Finding, on relation: Relation) -> Bool {
        guard !entries.isEmpty, let spec = finding.remedy.spec, let subject = spec.subject(of: finding) else {
            return false
        }
        let key = WorkKey(kind: spec.kind, schema: relation.schema, table: relation.table, subject: subject)
        return entries[key] != nil
    }

    private static func tables(in snapshot: CatalogSnapshot) -> [RelationName: UInt32] {
        var tables: [RelationName: UInt32] = [:]
        for relation in snapshot.collections.lazy.flatMap(\.relations) {
            tables[RelationName(relation)] = relation.oid
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
