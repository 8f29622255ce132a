/// The queue of a database as one look shows it: all that is not done, and not called off.
public struct QueueSnapshot: Sendable, Equatable {
    /// The most jobs that a look reads.
    public static let limit = 1_000

    /// What is at work, then what has failed for good (the latest first), then the others in the order in which they
    /// begin; no more than ``limit``.
    public var entries: [QueueEntry]
    /// How many there are in all, the failed ones with them.
    public var total: Int64
    /// How many of them have failed for good.
    public var failed: Int64
    /// What the sessions of those at work do at this moment, as far as it was looked at.
    public var activities: [JobActivity]
    /// Jobs that have ended, and of which no poll has found that they helped.
    public var remedies: [PastRemedy]
    /// Rows of the queue and of what is recorded that cannot be read.
    public var unreadable: [UnreadableRow] = []

    /// Puts a queue together; without numbers it is all there is.
    public init(
        entries: [QueueEntry],
        total: Int64? = nil,
        failed: Int64? = nil,
        activities: [JobActivity] = [],
        remedies: [PastRemedy] = []
    ) {
        self.entries = entries
        self.total = total ?? Int64(entries.count)
        self.failed = failed ?? Int64(entries.count { $0.record.state == .failed })
        self.activities = activities
        self.remedies = remedies
    }
}
