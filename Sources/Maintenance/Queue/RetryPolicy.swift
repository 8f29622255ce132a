internal import Postgres

/// Whether and when a failed job is tried again.
enum RetryPolicy {
    /// Pauses before the second, the third and the fourth try, after which a job has failed for good.
    private static let pauses: [Duration] = [.seconds(60), .seconds(300), .seconds(1_800)]

    /// How long to wait for others before the next try; there is no limit to how often.
    static let pauseForOthers = Duration.seconds(60)

    /// How long to wait before the next try.
    ///
    /// - Parameters:
    ///   - error: Why the job failed.
    ///   - attempts: How many times it was tried.
    /// - Returns: `nil` where another try would fail for the same reason, or there were enough.
    static func pause(after error: PostgresError, attempts: Int) -> Duration? {
        guard isPassing(error), attempts <= pauses.count else { return nil }
        return pauses[max(0, attempts - 1)]
    }

    /// Whether the reason may be gone by itself: other sessions, an administrator, full disks, a restart.
    private static func isPassing(_ error: PostgresError) -> Bool {
        guard error.code == .server, let state = error.sqlState?.rawValue else { return true }
        // Deadlock and serialization, lock timeout, cancel, shutdown and crash, resources, connection, system.
        return ["40", "55P03", "57", "53", "08", "58"].contains { state.hasPrefix($0) }
    }
}
