internal import Advisor

extension QueueEntry {
    /// What a person can do about a failed job.
    var wayOut: String {
        "vecsteward jobs retry \(record.id) tries it again, vecsteward jobs cancel \(record.id) cancels it"
    }

    /// Why its last attempt failed, with the server's SQLSTATE; `nil` if none has failed.
    var failureText: String? {
        failure.map { $0.message + ($0.sqlState.map { " (SQLSTATE \($0))" } ?? "") }
    }

    /// For whom it waits and since when, if others keep it from its table; `nil` if nobody does.
    var waitWords: String? {
        let since = isPutOff ? putOff.map { " since \(Moment.text(secondsSince1970: $0.since))" } ?? "" : ""
        if let heldBy { return "kept from its table\(since) by \(heldBy.words)" }
        guard isPutOff, let failure else { return nil }
        return "kept from its table\(since): \(failure.message)"
    }

    /// Its state, after `job 12`.
    var stateWords: String {
        switch record.state {
        case .queued: "is queued"
        case .waiting where isPutOff: "waits for others"
        case .waiting: "waits for another try"
        case .failed: "failed"
        case .running: "is running"
        default: "is running (\(record.state.rawValue))"
        }
    }
}

/// A job of the plan, with the jobs of the queue that do the same work.
struct PlannedJob {
    let job: Job
    /// One for each target; `nil` unless all targets are queued.
    let queued: [QueueEntry]?
    /// Whether ANALYZE has to confirm the rows before the job starts.
    var isEstimated = false

    /// Those of them that failed for good.
    var failed: [QueueEntry] { queued?.filter { $0.record.state == .failed } ?? [] }

    /// Whether a person may want to run its SQL: the queue runs it otherwise.
    var needsSQL: Bool { queued == nil || !failed.isEmpty }

    /// Its disposition as a word, with the reason or its place in the queue.
    var words: (word: String, why: String?) {
        guard let queued else { return job.disposition.words }
        let sentences = queued.prefix(Self.shown).map { entry in
            "job \(entry.record.id) \(entry.stateWords)"
                + (entry.record.state == .failed
                    ? ": \(entry.failureText ?? "for an unknown reason"); \(entry.wayOut)"
                    : entry.waitWords.map { ": \($0)" } ?? "")
        }
        let rest = queued.count > Self.shown ? ["and \(queued.count - Self.shown) more"] : []
        return (failed.isEmpty ? "queued" : "failed", (sentences + rest).joined(separator: "; "))
    }

    /// Its place in the queue without the reason of a failure, which has a line of its own; `nil` if it is not queued.
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
    /// The session for people: `process 81 of role app (psql), idle in transaction, for 2 h`.
    var words: String {
        let name = application.flatMap { $0.isEmpty ? nil : $0 }
        guard let processID else { return "prepared transaction \(name ?? "of an unknown name")" + owner + age }
        return "process \(processID)" + owner + (name.map { " (\($0))" } ?? "") + (state.map { ", \($0)" } ?? "") + age
    }

    private var owner: String { role.map { " of role \($0)" } ?? "" }
    private var age: String { transactionAgeSeconds.map { ", for \(Moment.duration(seconds: $0))" } ?? "" }
}

extension JobProgress {
    /// The progress of a build: `building index: loading tuples, 45% of all, about 12 min left`.
    var words: String {
        phase + (fraction.map { ", \(Numbers.decimal($0 * 100, digits: 0))% of all" } ?? "")
            + (secondsLeft.map { ", \(Numbers.roughDuration(seconds: $0)) left" } ?? "")
    }
}
