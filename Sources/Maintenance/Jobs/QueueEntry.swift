public import Advisor
internal import Postgres

/// A job with what a person wants to know of it; times are seconds since 1970 by the server's clock.
public struct QueueEntry: Sendable, Equatable {
    /// The job.
    public let record: JobRecord
    /// When it was queued.
    public let createdAt: Double
    /// When its statement was first begun.
    public let startedAt: Double?
    /// When it ended.
    public let finishedAt: Double?
    /// When it is tried again.
    public let notBefore: Double?
    /// Why it failed last.
    public let failure: Failure?

    /// Why a job failed.
    public struct Failure: Sendable, Equatable {
        /// The server's error code, if it was a server that complained.
        public let sqlState: String?
        /// What went wrong.
        public let message: String
        /// What could mend it.
        public let hint: String?
    }

    /// Reads a row of `job_list.sql`.
    init(_ row: Row) throws(PostgresError) {
        record = try JobRecord(row)
        createdAt = try row["created_epoch", as: Double.self]
        startedAt = try row["started_epoch", as: Double?.self]
        finishedAt = try row["finished_epoch", as: Double?.self]
        notBefore = try row["not_before_epoch", as: Double?.self]
        var failure: Failure?
        if let message = try row["failure_message", as: String?.self] {
            failure = Failure(
                sqlState: try row["failure_sqlstate", as: String?.self],
                message: message,
                hint: try row["failure_hint", as: String?.self]
            )
        }
        self.failure = failure
    }
}
