/// A job as the queue keeps it: one index operation (or ANALYZE) on one table, from the plan to its end.
public struct JobRecord: Sendable, Equatable {
    /// The number in the queue, by which people name it.
    public var id: Int64
    /// What is to be done, with exactly one target.
    public var job: Job
    /// Where it is in its life cycle.
    public var state: JobState
    /// How many times its statement was begun.
    public var attempts: Int
    /// The index to be replaced or dropped, as it was when the job was queued; `nil` where there is none.
    public var oldIndex: IndexIdentity?
    /// The table as it was when the job was queued, by its object identifier; `nil` where it was not known.
    public var tableOID: UInt32?
    /// The index that the job has built, once it is known.
    public var newIndex: IndexIdentity?
    /// A person has asked for its end.
    public var isCancelRequested: Bool

    /// Puts a record together.
    public init(
        id: Int64,
        job: Job,
        state: JobState = .queued,
        attempts: Int = 0,
        oldIndex: IndexIdentity? = nil,
        newIndex: IndexIdentity? = nil,
        isCancelRequested: Bool = false,
        tableOID: UInt32? = nil
    ) {
        self.id = id
        self.job = job
        self.state = state
        self.attempts = attempts
        self.oldIndex = oldIndex
        self.newIndex = newIndex
        self.isCancelRequested = isCancelRequested
        self.tableOID = tableOID
    }
}

/// Where a job is in its life cycle.
public enum JobState: String, Sendable, CaseIterable {
    /// It waits for its turn.
    case queued
    /// Its statement runs on the server.
    case running
    /// The new index stands, and is looked at before anything relies on it.
    case proving
    /// The new index takes its name.
    case swapping
    /// What is no longer needed is dropped.
    case cleaning
    /// It failed, and is tried again later.
    case waiting
    /// It is done.
    case done
    /// It failed for good, and stays visible until a person retries or cancels it.
    case failed
    /// It was called off, or there is no longer anything to do.
    case cancelled

    /// Whether nothing happens to it any more by itself.
    public var isFinal: Bool { self == .done || self == .failed || self == .cancelled }

    /// Whether it has been begun, and a session is at work on it or is to go on with it.
    public var isAtWork: Bool { !isFinal && self != .queued && self != .waiting }
}
