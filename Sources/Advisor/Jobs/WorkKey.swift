/// What makes two jobs the same work on a table: the queue holds one of them at most.
struct WorkKey: Hashable {
    /// ``Job/kind``.
    var kind: String
    /// The schema of the table.
    var schema: String
    /// The table or partition.
    var table: String
    /// ``Job/subject``.
    var subject: String
}

extension WorkKey {
    /// The work of a job on one of its targets.
    init(_ job: Job, _ target: Job.Target) {
        self.init(kind: job.kind, schema: target.schema, table: target.table, subject: job.subject)
    }
}

extension Job {
    /// What tells the work from other work of its kind on the same table: the queue holds one of each at most.
    public var subject: String {
        switch task {
        case .createIndex: collection.column
        case .rebuildIndex(let rebuild): rebuild.oldName
        case .dropIndex(let name): name
        case .analyze: ""
        }
    }
}
