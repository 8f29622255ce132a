public import Advisor
public import Postgres

extension JobQueue {
    /// Records the state, the attempts and the new index of a job.
    ///
    /// A request to cancel it stays as it is in the database: a person may have cancelled it since the record was read.
    ///
    /// - Parameters:
    ///   - record: The job.
    ///   - reason: Why it is cancelled; `nil` if it is not.
    ///   - connection: An open connection.
    /// - Returns: False if the job has already ended or no longer exists, and nothing was written.
    /// - Throws: When the server refuses or the connection is lost.
    public static func record(
        _ record: JobRecord,
        because reason: String? = nil,
        on connection: inout Connection
    ) async throws(PostgresError) -> Bool {
        let statements = statements(for: record, because: reason)
        let seen = record.state.isFinal ? [Statement(PackageResources.job_seen_sql, [record.id])] : []
        return try await connection.queue(statements + seen)[statements.count - 1].affectedRows > 0
    }

    /// Records in one transaction that a job is done and what it has produced.
    ///
    /// - Parameters:
    ///   - record: The job.
    ///   - results: The statements that record what it has produced.
    ///   - connection: An open connection.
    /// - Throws: When the server refuses or the connection is lost.
    static func finish(
        _ record: JobRecord,
        recording results: [Statement],
        on connection: inout Connection
    ) async throws(PostgresError) {
        var done = record
        done.state = .done
        let seen = Statement(PackageResources.job_seen_sql, [record.id])
        _ = try await connection.queue(results + statements(for: done) + [seen])
    }

    /// The statements that record a job; the last one changes the row of the job itself, or none if the job has ended.
    private static func statements(for record: JobRecord, because reason: String? = nil) -> [Statement] {
        let own = (record.job.spec as? any StoredJobSpec)?.update(of: record)
        let common = Statement(
            PackageResources.job_record_sql,
            [record.id, record.state.rawValue, record.attempts, reason]
        )
        return (own.map { [$0] } ?? []) + [common]
    }

    /// Records why a job failed, and whether it is retried.
    ///
    /// - Parameters:
    ///   - id: The job's number.
    ///   - error: The error.
    ///   - retryAfter: The time until the next try; `nil` if it has failed for good.
    ///   - connection: An open connection.
    /// - Returns: False if the job has already ended or no longer exists, and nothing was written.
    /// - Throws: When the server refuses or the connection is lost.
    public static func fail(
        _ id: Int64,
        error: PostgresError,
        retryAfter: Duration?,
        on connection: inout Connection
    ) async throws(PostgresError) -> Bool {
        try await changes(
            Statement(
                PackageResources.job_fail_sql,
                [id, retryAfter.map { max(0, $0 / .seconds(1)) }, error.sqlState?.rawValue, error.message, error.hint]
            ),
            on: &connection
        )
    }

    /// Records that others are in the way of a job, which is tried again after a pause that grows each time.
    ///
    /// - Parameters:
    ///   - id: The job's number.
    ///   - reason: Who is in its way, in words.
    ///   - connection: An open connection.
    /// - Returns: The seconds until the next try; `nil` if the job has already ended or no longer exists.
    /// - Throws: When the server refuses or the connection is lost.
    public static func putOff(
        _ id: Int64,
        because reason: String,
        on connection: inout Connection
    ) async throws(PostgresError) -> Double? {
        let statement = Statement(PackageResources.job_put_off_sql, [id, reason, RetryPolicy.pausesForOthers])
        return try await connection.queue(statement).first.map { row throws(PostgresError) in
            try row["seconds", as: Double.self]
        }
    }

    /// Cancels a job; one that has failed for good or has never started, which no session is running, ends at once.
    ///
    /// - Parameters:
    ///   - id: The job's number.
    ///   - connection: An open connection.
    /// - Returns: Its state afterwards; `nil` if there was nothing to change.
    /// - Throws: When the server refuses or the connection is lost.
    @discardableResult
    public static func requestCancel(
        id: Int64,
        on connection: inout Connection
    ) async throws(PostgresError) -> JobState? {
        let notice = Statement(PackageResources.job_notify_sql)
        let rows = try await connection.queue([Statement(PackageResources.job_cancel_sql, [id]), notice])[0]
        return try rows.first.flatMap { row throws(PostgresError) in
            JobState(rawValue: try row["state", as: String.self])
        }
    }

    /// Queues a failed, cancelled or waiting job again, with its attempts reset.
    ///
    /// - Parameters:
    ///   - id: The job's number.
    ///   - connection: An open connection.
    /// - Returns: False if there is no such job, or the same work is already queued.
    /// - Throws: When the server refuses or the connection is lost.
    public static func retry(
        id: Int64,
        on connection: inout Connection
    ) async throws(PostgresError) -> Bool {
        do {
            let retry = Statement(PackageResources.job_retry_sql, [id])
            let results = try await connection.queue([retry, Statement(PackageResources.job_notify_sql)])
            return results[0].affectedRows > 0
        } catch {
            guard error.sqlState == .uniqueViolation else { throw error }
            return false
        }
    }

    private static func changes(
        _ statement: Statement,
        on connection: inout Connection
    ) async throws(PostgresError) -> Bool {
        try await connection.queue(statement).affectedRows > 0
    }
}
