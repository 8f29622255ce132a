public import Advisor
public import Postgres

extension JobQueue {
    /// Writes down where a job is: its state, its attempts and its new index.
    ///
    /// Whether its end was asked for stays as it is in the database: a person may have asked since the record was read.
    ///
    /// - Parameters:
    ///   - record: The job.
    ///   - reason: Why it is cancelled, where it is.
    ///   - connection: An open connection.
    /// - Returns: False when the job is final already or no longer there, and nothing was written.
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

    /// Writes down that a job is done and what it leaves behind, both or neither.
    ///
    /// - Parameters:
    ///   - record: The job.
    ///   - results: The statements that write down what it leaves behind.
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

    /// What writes a job down; its last statement changes the row of the job itself, or none where the job is final.
    private static func statements(for record: JobRecord, because reason: String? = nil) -> [Statement] {
        let own = (record.job.spec as? any StoredJobSpec)?.update(of: record)
        let common = Statement(
            PackageResources.job_record_sql,
            [record.id, record.state.rawValue, record.attempts, reason]
        )
        return (own.map { [$0] } ?? []) + [common]
    }

    /// Writes down why a job failed, and whether it is tried again.
    ///
    /// - Parameters:
    ///   - id: The job's number.
    ///   - error: What went wrong.
    ///   - retryAfter: After what time it is tried again; `nil` when it has failed for good.
    ///   - connection: An open connection.
    /// - Returns: False when the job is final already or no longer there, and nothing was written.
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

    /// Asks for the end of a job; one that has failed for good or was never begun, which nobody is at work on, ends at once.
    ///
    /// - Parameters:
    ///   - id: The job's number.
    ///   - connection: An open connection.
    /// - Returns: Its state after that; `nil` when there was nothing to change.
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

    /// Queues a failed or cancelled job again, as if it had never been tried.
    ///
    /// - Parameters:
    ///   - id: The job's number.
    ///   - connection: An open connection.
    /// - Returns: False when there is no such job, or the same work is queued by now.
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
