/// The queue of a database as one poll reads it: all jobs that are neither done nor cancelled.
public struct QueueSnapshot: Sendable, Equatable {
    /// The most jobs that a poll reads.
    public static let limit = 1_000

    /// Running jobs, then failed ones (the latest first), then the others in the order in which they start; no more than
    /// ``limit``.
    public var entries: [QueueEntry]
    /// The number of all jobs, including the failed ones.
    public var total: Int64
    /// How many of them have failed, and are not retried.
    public var failed: Int64
    /// The current activity of the running jobs' sessions; empty if it was not read.
    public var activities: [JobActivity]
    /// Jobs that have ended, and that no poll has found to help.
    public var remedies: [PastRemedy]
    /// Rows of the queue and of the history that cannot be read.
    public var unreadable: [UnreadableRow] = []

    /// A queue; without numbers, the entries are all of it.
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
