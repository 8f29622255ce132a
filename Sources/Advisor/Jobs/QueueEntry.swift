/// A job in the queue with its times and its last failure; times are seconds since 1970 by the server's clock.
public struct QueueEntry: Sendable, Equatable {
    /// The job as the queue holds it.
    public var record: JobRecord
    /// The time at which it was queued.
    public var createdAt: Double
    /// The time at which its statement first started; `nil` if it never did.
    public var startedAt: Double?
    /// The time at which it ended; `nil` if it has not.
    public var finishedAt: Double?
    /// The time of the next try; `nil` if it does not wait for one.
    public var notBefore: Double?
    /// The last failure, or who was in its way; `nil` if it never failed and nobody was.
    public var failure: Failure?
    /// How often others have been in its way in a row; `nil` if they were not, the last time that it was tried.
    public var putOff: PutOff?
    /// A session that holds or awaits a lock on its table, for which it does not start; `nil` if there is none, or nobody
    /// looked.
    public var heldBy: LockingSession?

    /// Whether it waits for its next try because others were in its way, and not because it failed.
    public var isPutOff: Bool { putOff != nil && record.state == .waiting }

    /// How often and since when a job has been put off.
    public struct PutOff: Sendable, Equatable {
        /// The number of times in a row.
        public var times: Int
        /// The first of these times, in seconds since 1970.
        public var since: Double

        /// A job that was put off so often.
        public init(times: Int, since: Double) {
            self.times = times
            self.since = since
        }
    }

    /// Why a job failed.
    public struct Failure: Sendable, Equatable {
        /// The server's error code; `nil` if the error did not come from the server.
        public var sqlState: String?
        /// The error message.
        public var message: String
        /// What could fix it; `nil` if nothing is known.
        public var hint: String?

        /// A failure; by default with a message only.
        public init(sqlState: String? = nil, message: String, hint: String? = nil) {
            self.sqlState = sqlState
            self.message = message
            self.hint = hint
        }
    }

    /// An entry; by default of a job that never started.
    public init(
        record: JobRecord,
        createdAt: Double,
        startedAt: Double? = nil,
        finishedAt: Double? = nil,
        notBefore: Double? = nil,
        failure: Failure? = nil,
        putOff: PutOff? = nil,
        heldBy: LockingSession? = nil
    ) {
        self.record = record
        self.createdAt = createdAt
        self.startedAt = startedAt
        self.finishedAt = finishedAt
        self.notBefore = notBefore
        self.failure = failure
        self.putOff = putOff
        self.heldBy = heldBy
    }
}
