internal import Advisor

/// The sessions that keep jobs from their tables: reported after some seconds, and repeatedly while it lasts.
struct TableWaits {
    private static let patience = Duration.seconds(5)
    private static let reminder = Duration.seconds(600)

    private struct Wait {
        var holder: LockingSession
        let since: ContinuousClock.Instant
        var reportedAt: ContinuousClock.Instant?
        var reportedJobs: Set<Int64> = []
    }

    private var waits: [Wait] = []

    /// Takes a reading into account.
    ///
    /// - Parameters:
    ///   - held: The jobs that would have to wait now.
    ///   - now: The time.
    /// - Returns: The sessions to report, each with the jobs that it keeps from their tables.
    mutating func record(
        _ held: [JobQueue.HeldJob],
        at now: ContinuousClock.Instant = .now
    ) -> [(holder: LockingSession, jobs: [Int64])] {
        var jobs: [(holder: LockingSession, jobs: [Int64])] = []
        for (job, holder) in held {
            if let place = jobs.firstIndex(where: { $0.holder.isSame(as: holder) }) {
                if jobs[place].jobs.last != job { jobs[place].jobs.append(job) }
            } else {
                jobs.append((holder, [job]))
            }
        }
        let known = waits
        var due: [(holder: LockingSession, jobs: [Int64])] = []
        waits = jobs.map { holder, jobs in
            var wait = known.first { $0.holder.isSame(as: holder) } ?? Wait(holder: holder, since: now)
            wait.holder = holder
            let isDue =
                wait.reportedAt.map { now - $0 >= Self.reminder || !wait.reportedJobs.isSuperset(of: jobs) }
                ?? (now - wait.since > Self.patience)
            if isDue {
                wait.reportedAt = now
                wait.reportedJobs.formUnion(jobs)
                due.append((holder, jobs))
            }
            return wait
        }
        return due
    }
}
