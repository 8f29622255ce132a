public import Advisor
internal import Postgres

/// What happens to a job while it is running.
public enum JobEvent: Sendable {
    /// It has entered the next state of its life cycle.
    case enters(JobState)
    /// The progress of its build; at most once for each reading, about every second.
    case progress(JobProgress)
    /// These sessions have blocked it for more than five seconds; repeated every ten minutes.
    case waitsFor([LockingSession])
    /// These sessions have begun to wait for the table behind it; each is reported once.
    case isQueuedBehind([LockingSession])
    /// A build that an earlier program started still runs, and this one waits for it.
    case adopts(processID: Int)
    /// The recall of the index that an earlier job has rebuilt was measured, to compare with that of the old index.
    case rebuildMeasured(job: Int64, RebuildRecall)
    /// Another fact that a person may want to know, as a sentence.
    case note(String)

    /// The event of this job as a sentence for a log.
    public func words(of job: Job) -> String {
        guard case .enters(.running) = self, let target = job.targets.first else { return words }
        return "\(type(of: job.spec).activity) \(target.schema).\(target.table)"
    }

    /// The event as a sentence for a log; names in it are quoted.
    public var words: String {
        switch self {
        case .enters(let state): return state.step
        case .progress(let progress):
            let share = progress.fraction.map { ", \(Numbers.decimal($0 * 100, digits: 0))% of the whole" } ?? ""
            let left = progress.secondsLeft.map { ", \(Numbers.roughDuration(seconds: $0)) left" } ?? ""
            return progress.phase + share + left
        case .waitsFor(let sessions): return "the build waits for \(sessions.words)"
        case .isQueuedBehind(let sessions):
            return "\(sessions.words) \(sessions.count == 1 ? "waits" : "wait") for a lock on the table behind the "
                + "build; near its end PostgreSQL may end the build, or the statement that waits, with a deadlock"
        case .adopts(let processID): return "process \(processID) is still running this job: waiting for its end"
        case .rebuildMeasured(_, let recall): return "the rebuilt index was measured: \(recall.words)"
        case .note(let sentence): return sentence
        }
    }
}

extension JobState {
    /// The activity in a state of a running job, in a few words.
    fileprivate var step: String {
        switch self {
        case .running: "running"
        case .proving: "checking that the planner can use the new index"
        case .swapping: "renaming the index"
        case .cleaning: "dropping the old index"
        case .queued, .waiting, .done, .failed, .cancelled: "it is \(rawValue)"
        }
    }
}

extension LockingSession {
    /// The session as part of a sentence, without its query, which is private.
    public var words: String {
        guard let processID else {
            return "prepared transaction \(application.map { Literal($0).sql } ?? "of an unknown name")"
                + (role.map { " of role \(Identifier($0))" } ?? "") + age
        }
        guard let role else { return "process \(processID) (of the server itself, or gone by now)" }
        var facts = ["role \(Identifier(role))"]
        if let application, !application.isEmpty { facts.append("application \(Literal(application))") }
        if let awaitedLock {
            facts.append("waiting for \(awaitedLock)")
        } else if let state {
            facts.append(state + age)
            if let statement { facts.append("its \(state == "active" ? "" : "last ")statement \(statement)") }
        } else {
            // Any role may see the session's role and application.
            facts.append("its state shows only to a member of pg_read_all_stats")
        }
        return "process \(processID) (\(facts.joined(separator: ", ")))"
    }

    /// The statement that ends the session, or the prepared transaction.
    public var ending: String {
        SessionEnd.statement(processID: processID, preparedTransaction: application)
    }

    private var age: String {
        transactionAgeSeconds.map { ", its transaction open for \(Numbers.roughDuration(seconds: $0))" } ?? ""
    }
}

extension [LockingSession] {
    /// The first few sessions as part of a sentence.
    var words: String {
        let shown = prefix(3).map(\.words).joined(separator: " and ")
        return count > 3 ? "\(shown) and \(count - 3) more" : shown
    }
}
