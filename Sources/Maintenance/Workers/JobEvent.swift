public import Advisor
internal import Postgres

/// What happens to a job while it is carried out.
public enum JobEvent: Sendable {
    /// It has come to the next state of its life cycle.
    case enters(JobState)
    /// How far its build is; at most once for each look, about every second.
    case progress(JobProgress)
    /// These sessions have held it up for more than five seconds; told again every ten minutes.
    case waitsFor([LockingSession])
    /// These sessions have begun to wait for the table behind it; each is told once.
    case isQueuedBehind([LockingSession])
    /// A build that an earlier program began still runs, and is waited for.
    case adopts(processID: Int)
    /// Something else that a person may want to know, as a sentence.
    case note(String)

    /// The news as a sentence for a log; names in it are quoted.
    public var words: String {
        switch self {
        case .enters(let state): return state.step
        case .progress(let progress):
            let share = progress.fraction.map { ", \(Numbers.decimal($0 * 100, digits: 0))% of the whole" } ?? ""
            let left = progress.secondsLeft.map { ", \(Numbers.roughDuration(seconds: $0)) left" } ?? ""
            return progress.phase + share + left
        case .waitsFor(let sessions): return "the build waits for \(sessions.words)"
        case .isQueuedBehind(let sessions):
            return "\(sessions.words) \(sessions.count == 1 ? "queues" : "queue") on the table behind the build, "
                + "which makes PostgreSQL end the build with a deadlock when it is nearly done"
        case .adopts(let processID): return "process \(processID) is still at work on this job: waiting for its end"
        case .note(let sentence): return sentence
        }
    }
}

extension JobState {
    /// What is done in a state of a job at work, in a few words.
    fileprivate var step: String {
        switch self {
        case .running: "its statement begins"
        case .proving: "the new index stands, and the planner is asked whether it can use it"
        case .swapping: "the new index gets its name"
        case .cleaning: "what is no longer needed is dropped"
        case .queued, .waiting, .done, .failed, .cancelled: "it is \(rawValue)"
        }
    }
}

extension LockingSession {
    /// The session as a part of a sentence; its query is private, and not told.
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
            // Who it is everybody sees.
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
    /// The first few of them as a part of a sentence.
    var words: String {
        let told = prefix(3).map(\.words).joined(separator: " and ")
        return count > 3 ? "\(told) and \(count - 3) more" : told
    }
}
