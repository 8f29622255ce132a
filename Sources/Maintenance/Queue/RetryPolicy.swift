internal import Postgres

/// Decides whether and when a failed job is retried.
enum RetryPolicy {
    /// The pauses before the second, the third and the fourth try; after the fourth, a job has failed for good.
    private static let pauses: [Duration] = [.seconds(60), .seconds(300), .seconds(1_800)]

    /// The pauses in seconds of a job that others are in the way of, after the first time, the second and so on; the last one
    /// repeats, because such tries are unlimited.
    static let pausesForOthers: [Double] = [60, 120, 240, 480, 600]

    /// The pause before the next try.
    ///
    /// - Parameters:
    ///   - error: Why the job failed.
    ///   - attempts: The number of tries so far.
    /// - Returns: The pause; `nil` if another try would fail for the same reason, or there were enough.
    static func pause(after error: PostgresError, attempts: Int) -> Duration? {
        guard isPassing(error), attempts <= pauses.count else { return nil }
        return pauses[max(0, attempts - 1)]
    }

    /// Whether the reason may pass by itself: other sessions, an administrator, full disks, a restart.
    private static func isPassing(_ error: PostgresError) -> Bool {
        guard error.code == .server, let state = error.sqlState?.rawValue else { return true }
        // Deadlock and serialization, lock timeout, cancel, shutdown and crash, resources, connection, system.
        return ["40", "55P03", "57", "53", "08", "58"].contains { state.hasPrefix($0) }
    }
}
