internal import Advisor

extension QueueEntry {
    /// What is to be said of a failed job, and what a person can do about it.
    var wayOut: String {
        "vecsteward jobs retry \(record.id) tries it again, vecsteward jobs cancel \(record.id) gives it up"
    }

    /// Why it failed last, with the server's code.
    var failureText: String? {
        failure.map { $0.message + ($0.sqlState.map { " (SQLSTATE \($0))" } ?? "") }
    }

    /// Where it is in its life cycle, after `job 12`.
    var stateWords: String {
        switch record.state {
        case .queued: "is queued"
        case .waiting: "waits for another try"
        case .failed: "failed"
        default: "is at work (\(record.state.rawValue))"
        }
    }
}

/// A job of the plan, and those of the queue that are the same work.
struct PlannedJob {
    let job: Job
    /// One for each target; `nil` where there is something that is not queued.
    let queued: [QueueEntry]?
    /// Whether ANALYZE has to confirm the rows before it is begun.
    var isEstimated = false

    /// Those of them that have failed for good.
    var failed: [QueueEntry] { queued?.filter { $0.record.state == .failed } ?? [] }

    /// What happens with the job, in a word, and why not more.
    var words: (word: String, why: String?) {
        guard let queued else { return job.disposition.words }
        let sentences = queued.prefix(Self.shown).map { entry in
            "job \(entry.record.id) \(entry.stateWords)"
                + (entry.record.state == .failed ? ": \(entry.failureText ?? "nobody knows why"); \(entry.wayOut)" : "")
        }
        let rest = queued.count > Self.shown ? ["and \(queued.count - Self.shown) more"] : []
        return (failed.isEmpty ? "queued" : "failed", (sentences + rest).joined(separator: "; "))
    }

    /// The same without what a line of its own says of a failure.
    var shortWords: String? {
        guard let queued else { return nil }
        let names = queued.prefix(Self.shown).map { "job \($0.record.id) \($0.stateWords)" }
        return names.joined(separator: ", ")
            + (queued.count > Self.shown ? ", and \(queued.count - Self.shown) more" : "")
    }

    private static let shown = 5
}

extension Assessment {
    /// The jobs of the plan with what the queue has of them, in the order of the plan.
    var plannedJobs: [PlannedJob] {
        let work = queuedWork
        return plan.jobs.map { PlannedJob(job: $0, queued: work.entries(for: $0), isEstimated: isEstimated($0)) }
    }
}

extension LockingSession {
    /// Who it is, for people.
    var words: String {
        let name = application.flatMap { $0.isEmpty ? nil : $0 }
        guard let processID else { return "prepared transaction \(name ?? "of an unknown name")" + owner + age }
        return "process \(processID)" + owner + (name.map { " (\($0))" } ?? "") + (state.map { ", \($0)" } ?? "") + age
    }

    private var owner: String { role.map { " of role \($0)" } ?? "" }
    private var age: String { transactionAgeSeconds.map { ", for \(Moment.duration(seconds: $0))" } ?? "" }
}

extension JobProgress {
    /// How far a build is: `building index: loading tuples, 45% of all, about 12 min left`.
    var words: String {
        phase + (fraction.map { ", \(Numbers.decimal($0 * 100, digits: 0))% of all" } ?? "")
            + (secondsLeft.map { ", \(Numbers.roughDuration(seconds: $0)) left" } ?? "")
    }
}
