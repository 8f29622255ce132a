/// The current activity of a running job, the sessions that block it, and those that wait behind it.
public struct JobActivity: Sendable, Equatable {
    /// The number of the job.
    public var jobID: Int64
    /// The process ID of the backend that runs it.
    public var processID: Int
    /// How long its statement has run, in seconds.
    public var seconds: Double
    /// The progress; `nil` if the server reports none, such as for dropping.
    public var progress: JobProgress?
    /// The sessions that it waits for.
    public var waitsFor: [LockingSession]
    /// The sessions that wait for a lock on its table: near its end PostgreSQL may end the build, or
    /// their statement, with a deadlock.
    public var queue: [LockingSession]

    /// An activity; by default of a job that waits for nobody.
    public init(
        jobID: Int64,
        processID: Int,
        seconds: Double,
        progress: JobProgress? = nil,
        waitsFor: [LockingSession] = [],
        queue: [LockingSession] = []
    ) {
        self.jobID = jobID
        self.processID = processID
        self.seconds = seconds
        self.progress = progress
        self.waitsFor = waitsFor
        self.queue = queue
    }
}

/// A session, or a prepared transaction, that holds a lock or waits for one.
public struct LockingSession: Sendable, Equatable {
    /// The process ID of the backend; `nil` for a prepared transaction, which has none.
    public var processID: Int?
    /// The role; `nil` if the reading role may not see it.
    public var role: String?
    /// The application name, or the identifier of a prepared transaction.
    public var application: String?
    /// The state, such as `idle in transaction`; `nil` if the reading role may not see it.
    public var state: String?
    /// How long its transaction has been open; `nil` if the reading role may not see it.
    public var transactionAgeSeconds: Double?
    /// The lock that it waits for, such as `ShareUpdateExclusiveLock`; `nil` if it waits for none.
    public var awaitedLock: String?
    /// The first word of its statement, such as `LOCK`, since the rest is private; `nil` if the reading role may not see it.
    public var statement: String?

    /// Whether it is a prepared transaction, which stays until somebody commits or rolls it back.
    public var isPrepared: Bool { processID == nil }

    /// Describes a session.
    public init(
        processID: Int?,
        role: String? = nil,
        application: String? = nil,
        state: String? = nil,
        transactionAgeSeconds: Double? = nil,
        awaitedLock: String? = nil,
        statement: String? = nil
    ) {
        self.processID = processID
        self.role = role
        self.application = application
        self.state = state
        self.transactionAgeSeconds = transactionAgeSeconds
        self.awaitedLock = awaitedLock
        self.statement = statement
    }

    /// Whether the other is the same session; the times at which they were read may differ.
    public func isSame(as other: LockingSession) -> Bool {
        processID == other.processID && (processID != nil || application == other.application)
    }
}
