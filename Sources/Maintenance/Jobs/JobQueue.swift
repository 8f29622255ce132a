public import Advisor
public import Postgres

/// The queue of jobs in the schema `vecsteward` of the database that they are about; its clock is the server's.
///
/// All of it expects the schema as ``StateSchema/prepare(on:createIfMissing:patience:)`` leaves it.
public enum JobQueue {
    /// Queues jobs, in one round trip for any number of them.
    ///
    /// A job with several targets becomes one record for each. What is queued already is passed over, and so is what
    /// has failed for good on the same build of the same index: that waits for a person.
    ///
    /// - Parameters:
    ///   - jobs: The jobs in the order in which they are to be done.
    ///   - connection: An open connection.
    /// - Returns: What was queued and was not before.
    /// - Throws: `.server` when a job is not one that the queue can hold; then none is queued.
    public static func enqueue(
        _ jobs: [Job],
        on connection: inout Connection
    ) async throws(PostgresError) -> [JobRecord] {
        let statements = jobs.flatMap { job in
            job.targets.map { target in
                var single = job
                single.targets = [target]
                return Statement(PackageResources.job_enqueue_sql, JobColumns(single, target).parameters)
            }
        }
        guard !statements.isEmpty else { return [] }
        let results = try await connection.queue([Statement(PackageResources.job_lock_sql)] + statements)
        var records: [JobRecord] = []
        for rows in results {
            for row in rows { records.append(try JobRecord(row)) }
        }
        return records
    }

    /// The jobs that are neither done nor failed nor cancelled, in the order in which they are to be done.
    ///
    /// - Parameters:
    ///   - isIncludingPostponed: Whether to include those that are to be tried again at a later time.
    ///   - connection: An open connection.
    /// - Returns: The jobs.
    /// - Throws: When the server refuses or the connection is lost.
    public static func unfinished(
        includingPostponed isIncludingPostponed: Bool = false,
        on connection: inout Connection
    ) async throws(PostgresError) -> [JobRecord] {
        let rows = try await connection.queue(Statement(PackageResources.job_unfinished_sql, [isIncludingPostponed]))
        var records: [JobRecord] = []
        for row in rows { records.append(try JobRecord(row)) }
        return records
    }

    /// The jobs as people look at them: the unfinished first, then the others, the latest first.
    ///
    /// - Parameters:
    ///   - limit: How many at most.
    ///   - connection: An open connection.
    /// - Returns: The jobs.
    /// - Throws: When the server refuses or the connection is lost.
    public static func all(
        limit: Int,
        on connection: inout Connection
    ) async throws(PostgresError) -> [QueueEntry] {
        try await list(id: nil, limit: limit, on: &connection)
    }

    /// The job with this number.
    ///
    /// - Parameters:
    ///   - id: Its number.
    ///   - connection: An open connection.
    /// - Returns: `nil` where there is none.
    /// - Throws: When the server refuses or the connection is lost.
    public static func job(
        id: Int64,
        on connection: inout Connection
    ) async throws(PostgresError) -> QueueEntry? {
        try await list(id: id, limit: 1, on: &connection).first
    }

    private static func list(
        id: Int64?,
        limit: Int,
        on connection: inout Connection
    ) async throws(PostgresError) -> [QueueEntry] {
        let rows = try await connection.queue(Statement(PackageResources.job_list_sql, [id, limit]))
        var entries: [QueueEntry] = []
        for row in rows { entries.append(try QueueEntry(row)) }
        return entries
    }
}
