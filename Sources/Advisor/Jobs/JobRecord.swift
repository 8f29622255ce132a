/// A job in the queue: work of any kind on one table, from the plan to its end.
public struct JobRecord: Sendable, Equatable {
    /// The number in the queue, which commands take.
    public var id: Int64
    /// The work to do, with exactly one target.
    public var job: Job
    /// The state in its life cycle.
    public var state: JobState
    /// How many times its statement was started.
    public var attempts: Int
    /// The index to replace or drop, as it was when the job was queued; `nil` if there is none.
    public var oldIndex: IndexIdentity?
    /// The object identifier of the table when the job was queued; `nil` if it was unknown.
    public var tableOID: UInt32?
    /// The index that the job has built; `nil` until it is known.
    public var newIndex: IndexIdentity?
    /// Whether a person has cancelled it.
    public var isCancelRequested: Bool

    /// A record; by default of a job that was just queued.
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

/// The states in the life cycle of a job.
public enum JobState: String, Sendable, CaseIterable {
    /// It waits for its turn.
    case queued
    /// Its statement runs on the server.
    case running
    /// The new index is built, and is checked before anything relies on it.
    case proving
    /// The new index gets its final name.
    case swapping
    /// The old index is dropped.
    case cleaning
    /// It failed, or others were in its way, and it is retried later.
    case waiting
    /// It has finished successfully.
    case done
    /// It failed for good, and stays visible until a person retries or cancels it.
    case failed
    /// It was cancelled, or there is no longer anything to do.
    case cancelled

    /// Whether it has ended, so that vecsteward does not run it again by itself.
    public var isFinal: Bool { self == .done || self == .failed || self == .cancelled }

    /// Whether it was started, and a session is running it or will resume it.
    public var isBegun: Bool { !isFinal && self != .queued && self != .waiting }
}
