/// Identifies the work on a table: the queue holds at most one job with each key.
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
