internal import Advisor

/// Tracks the activity of one statement and what was reported of it, so that nothing is reported twice.
struct ActivityTracker {
    private static let patience = 5.0
    private static let reminder = 600.0

    private struct BlockingSession {
        var session: LockingSession
        var since: Double
        var lastReported: Double?
    }

    private var progress: JobProgress?
    /// The seconds for which the statement is known to have waited for others.
    private(set) var waited = 0.0
    /// Since when it has only waited for others, and since when for a table, in seconds of the statement.
    private var waitsSince: Double?
    private var awaitsRelationSince: Double?
    /// Since when it has waited, before it built anything, only for transactions in which nothing happens.
    private var awaitsIdleSince: Double?
    /// The most parallel workers that were seen running.
    private(set) var workers = 0
    private var lastSeconds = 0.0
    /// When the phases of its build ended.
    private(set) var phaseTimes = PhaseTimes()
    private var blockers: [BlockingSession] = []
    private var reportedQueue: [LockingSession] = []
    /// The sessions that waited behind the statement when there last were any.
    private(set) var lastQueue: [LockingSession] = []

    /// How long it has only waited for others.
    var waitingTime: Duration { .seconds(waitsSince.map { max(0, lastSeconds - $0) } ?? 0) }

    /// How long it has waited for the lock on a table or an index, before it did anything else.
    var relationWaitingTime: Duration { .seconds(awaitsRelationSince.map { max(0, lastSeconds - $0) } ?? 0) }

    /// How long it has waited, before it built anything, only for sessions that sit idle in a transaction and for prepared
    /// transactions; as far as this role sees what sessions do.
    var idleWaitingTime: Duration { .seconds(awaitsIdleSince.map { max(0, lastSeconds - $0) } ?? 0) }

    /// Takes a reading into account.
    ///
    /// - Returns: The events to report.
    mutating func record(_ activitySample: ActivitySample) -> [JobEvent] {
        let now = activitySample.seconds
        let isInWaitingPhase = activitySample.sample?.phase.hasPrefix("waiting") == true
        if isInWaitingPhase { waited += max(0, now - lastSeconds) }
        waitsSince = isInWaitingPhase || !activitySample.waitsFor.isEmpty ? waitsSince ?? now : nil
        awaitsRelationSince = activitySample.awaitsRelation ? awaitsRelationSince ?? now : nil
        awaitsIdleSince = activitySample.awaitsIdle ? awaitsIdleSince ?? now : nil
        lastSeconds = now
        workers = max(workers, activitySample.workers)
        if let sample = activitySample.sample { phaseTimes.note(sample.phase, at: max(0, now - waited)) }
        var news: [JobEvent] = []
        if let progress = activitySample.progress(after: progress, waited: waited) {
            self.progress = progress
            news.append(.progress(progress))
        }
        let held = newBlockers(activitySample.waitsFor, at: now)
        if !held.isEmpty { news.append(.waitsFor(held)) }
        let behind = activitySample.queue.filter { session in !reportedQueue.contains { $0.isSame(as: session) } }
        reportedQueue += behind
        if !activitySample.queue.isEmpty { lastQueue = activitySample.queue }
        if !behind.isEmpty { news.append(.isQueuedBehind(behind)) }
        return news
    }

    private mutating func newBlockers(_ sessions: [LockingSession], at now: Double) -> [LockingSession] {
        blockers = sessions.map { session in
            var blocker =
                blockers.first { $0.session.isSame(as: session) } ?? BlockingSession(session: session, since: now)
            blocker.session = session
            return blocker
        }
        var due: [LockingSession] = []
        for index in blockers.indices {
            let isDue =
                blockers[index].lastReported.map { now - $0 >= Self.reminder }
                ?? (now - blockers[index].since > Self.patience)
            guard isDue else { continue }
            blockers[index].lastReported = now
            due.append(blockers[index].session)
        }
        return due
    }
}

extension ActivitySample {
    /// Whether the statement has built nothing yet, and all that it waits for are transactions in which nothing happens.
    ///
    /// A statement that drops an index has no phase.
    fileprivate var awaitsIdle: Bool {
        guard sample.map({ $0.phase == "waiting for writers before build" }) ?? true else { return false }
        return !waitsFor.isEmpty
            && waitsFor.allSatisfy { session in
                guard let state = session.state else { return false }
                return state == "prepared" || state.hasPrefix("idle in transaction")
            }
    }
}
