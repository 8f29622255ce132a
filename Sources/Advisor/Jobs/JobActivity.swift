/// What a running job does at one moment, and who is in its way or behind it.
public struct JobActivity: Sendable, Equatable {
    /// The job's number.
    public var jobID: Int64
    /// The backend at work.
    public var processID: Int
    /// How long its statement has run, in seconds.
    public var seconds: Double
    /// How far it is; `nil` for what the server counts nothing of, such as dropping.
    public var progress: JobProgress?
    /// The sessions that it waits for.
    public var waitsFor: [LockingSession]
    /// The sessions that wait for a lock on its table: they make PostgreSQL end the build at its very end.
    public var queue: [LockingSession]

    /// Puts an activity together.
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
    /// The backend; `nil` for a prepared transaction, which has none.
    public var processID: Int?
    /// The role, where the looking role may see it.
    public var role: String?
    /// What the session calls itself, or the identifier of a prepared transaction.
    public var application: String?
    /// Such as `idle in transaction`, where the looking role may see it.
    public var state: String?
    /// How long its transaction has been open, where the looking role may see it.
    public var transactionAgeSeconds: Double?
    /// The lock that it waits for, such as `ShareUpdateExclusiveLock`; `nil` for one that others wait for.
    public var awaitedLock: String?
    /// The first word of its statement, such as `LOCK`, where the looking role may see it: the rest is private.
    public var statement: String?

    /// Whether it is a prepared transaction, which stays until somebody commits it or rolls it back.
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

    /// Whether the other is the same session, however much later it was looked at.
    public func isSame(as other: LockingSession) -> Bool {
        processID == other.processID && (processID != nil || application == other.application)
    }
}
