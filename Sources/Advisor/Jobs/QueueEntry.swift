/// A job with what a person wants to know of it; times are seconds since 1970 by the server's clock.
public struct QueueEntry: Sendable, Equatable {
    /// The job.
    public var record: JobRecord
    /// When it was queued.
    public var createdAt: Double
    /// When its statement was first begun.
    public var startedAt: Double?
    /// When it ended.
    public var finishedAt: Double?
    /// When it is tried again.
    public var notBefore: Double?
    /// Why it failed last.
    public var failure: Failure?

    /// Why a job failed.
    public struct Failure: Sendable, Equatable {
        /// The server's error code, if it was a server that complained.
        public var sqlState: String?
        /// What went wrong.
        public var message: String
        /// What could mend it.
        public var hint: String?

        /// Puts a failure together.
        public init(sqlState: String? = nil, message: String, hint: String? = nil) {
            self.sqlState = sqlState
            self.message = message
            self.hint = hint
        }
    }

    /// Puts an entry together.
    public init(
        record: JobRecord,
        createdAt: Double,
        startedAt: Double? = nil,
        finishedAt: Double? = nil,
        notBefore: Double? = nil,
        failure: Failure? = nil
    ) {
        self.record = record
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.notBefore = notBefore
        self.failure = failure
    }
}
