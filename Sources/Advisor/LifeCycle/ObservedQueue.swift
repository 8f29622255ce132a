/// The queue of a database as one look shows it: all that is not done, and not called off.
public struct ObservedQueue: Sendable, Equatable {
    /// The most jobs that a look reads.
    public static let limit = 1_000

    /// What is at work, then what has failed for good (the latest first), then the others in the order in which they
    /// begin; no more than ``limit``.
    public var entries: [QueueEntry]
    /// How many there are in all, the failed ones with them.
    public var total: Int64
    /// How many of them have failed for good.
    public var failed: Int64
    /// What the sessions of those at work do at this moment, as far as it was looked at.
    public var activities: [JobActivity]
    /// Jobs that have ended, and of which no poll has found that they helped.
    public var remedies: [PastRemedy]
    /// Rows of the queue and of what is recorded that cannot be read.
    public var unreadable: [UnreadableRow] = []

    /// Puts a queue together; without numbers it is all there is.
    public init(
        entries: [QueueEntry],
        total: Int64? = nil,
        failed: Int64? = nil,
        activities: [JobActivity] = [],
        remedies: [PastRemedy] = []
    ) {
        self.entries = entries
        self.total = total ?? Int64(entries.count)
        self.failed = failed ?? Int64(entries.count { $0.record.state == .failed })
        self.activities = activities
        self.remedies = remedies
    }
}

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
    ///   - observation: The indexes as they are now.
    init(_ queue: ObservedQueue?, in observation: Observation) {
        guard let queue, !queue.entries.isEmpty else { return }
        let identities = Self.identities(in: observation)
        let tables = Self.tables(in: observation)
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

    private static func tables(in observation: Observation) -> [RelationName: UInt32] {
        var tables: [RelationName: UInt32] = [:]
        for relation in observation.collections.lazy.flatMap(\.relations) {
            tables[RelationName(schema: relation.schema, name: relation.table)] = relation.oid
        }
        return tables
    }

    private static func identities(in observation: Observation) -> [UInt32: IndexIdentity] {
        var identities: [UInt32: IndexIdentity] = [:]
        for relation in observation.collections.lazy.flatMap(\.relations) {
            for index in relation.indexes {
                identities[index.oid] = IndexIdentity(oid: index.oid, relfilenode: index.relfilenode)
            }
        }
        return identities
    }
}
