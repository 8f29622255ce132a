internal import Advisor

/// What has been seen of one statement, and told: nothing is told twice.
struct ActivityTracker {
    private static let patience = 5.0
    private static let reminder = 600.0

    private struct BlockingSession {
        var session: LockingSession
        var since: Double
        var lastTold: Double?
    }

    private var progress: JobProgress?
    /// The seconds for which the statement is known to have waited for others.
    private(set) var waited = 0.0
    /// Since when it has done nothing but wait for others, and for a table, in seconds of the statement.
    private var waitsSince: Double?
    private var awaitsRelationSince: Double?
    /// The most parallel workers that were seen at work.
    private(set) var workers = 0
    private var lastSeconds = 0.0
    private var blockers: [BlockingSession] = []
    private var toldQueue: [LockingSession] = []
    /// The sessions that queued behind the statement when there last were any.
    private(set) var lastQueue: [LockingSession] = []

    /// For how long it has done nothing but wait for others.
    var waitingTime: Duration { .seconds(waitsSince.map { max(0, lastSeconds - $0) } ?? 0) }

    /// For how long it has waited for the lock on a table or an index, before it did anything else.
    var relationWaitingTime: Duration { .seconds(awaitsRelationSince.map { max(0, lastSeconds - $0) } ?? 0) }

    /// Takes a look into account.
    ///
    /// - Returns: What of it is news.
    mutating func take(_ activitySample: ActivitySample) -> [JobEvent] {
        let now = activitySample.seconds
        let isInWaitingPhase = activitySample.sample?.phase.hasPrefix("waiting") == true
        if isInWaitingPhase { waited += max(0, now - lastSeconds) }
        waitsSince = isInWaitingPhase || !activitySample.waitsFor.isEmpty ? waitsSince ?? now : nil
        awaitsRelationSince = activitySample.awaitsRelation ? awaitsRelationSince ?? now : nil
        lastSeconds = now
        workers = max(workers, activitySample.workers)
        var news: [JobEvent] = []
        if let progress = activitySample.progress(after: progress, waited: waited) {
            self.progress = progress
            news.append(.progress(progress))
        }
        let held = newBlockers(activitySample.waitsFor, at: now)
        if !held.isEmpty { news.append(.waitsFor(held)) }
        let behind = activitySample.queue.filter { session in !toldQueue.contains { $0.isSame(as: session) } }
        toldQueue += behind
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
        var told: [LockingSession] = []
        for index in blockers.indices {
            let isDue =
                blockers[index].lastTold.map { now - $0 >= Self.reminder }
                ?? (now - blockers[index].since > Self.patience)
            guard isDue else { continue }
            blockers[index].lastTold = now
            told.append(blockers[index].session)
        }
        return told
    }
}
