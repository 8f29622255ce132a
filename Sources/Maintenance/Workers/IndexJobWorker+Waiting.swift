internal import Advisor
internal import Postgres

// Waits for others, and watches the job's own statement.
extension IndexJobWorker {
    mutating func wait(
        for worker: IndexJobContext.Worker,
        at place: Job.Target,
        _ onEvent: EventHandler
    ) async throws(PostgresError) -> JobOutcome? {
        if awaited != worker {
            awaited = worker
            log = ActivityTracker()
            onEvent(
                worker.isOwn
                    ? .adopts(processID: worker.processID)
                    : .note("process \(worker.processID) is working on the table: waiting for its end")
            )
        }
        session.forgetIdle()
        guard worker.isOwn else { return try await waitForStranger(at: place) }
        let isBuilding = record.state != .swapping && record.state != .cleaning
        await watch(canBeCancelled: isBuilding, mayGiveUp: isBuilding, onEvent)
        try await pause(Self.interval)
        return nil
    }

    /// Waits a limited time for a foreign session that works on the table, because it may stay for ever.
    private mutating func waitForStranger(at place: Job.Target) async throws(PostgresError) -> JobOutcome? {
        let since = strangerSince ?? .now
        strangerSince = since
        if .now - since >= queuePatience {
            let holders = try await sessions(at: place).filter { $0.awaitedLock == nil }
            if !holders.isEmpty { return .postponed(Self.words(holders)) }
        }
        try await pause(Self.lockPause)
        return nil
    }

    static func words(_ holders: [LockingSession]) -> String {
        guard !holders.isEmpty else { return "the lock on the table was not available in time" }
        return "\(holders.words) \(holders.count == 1 ? "holds" : "hold") a lock on the table"
    }

    /// Lets other jobs run while this one only waits, and when its index is built.
    func standAside() {
        let isBuilt = record.job.definition != nil && [.proving, .swapping, .cleaning].contains(record.state)
        control.set(isHeldUp: isBuilt || log.waitingTime > lendingPatience)
    }

    /// How long a statement that has built nothing yet waits for transactions in which nothing happens: those may stay for
    /// ever, and the builds that wait for them would take the places of all others.
    private var idlePatience: Duration { lendingPatience * 10 }

    /// Reads the activity of the running statement, and cancels the statement on request.
    ///
    /// A failed reading is ignored, because the statement does not depend on it.
    private mutating func watch(canBeCancelled: Bool, mayGiveUp: Bool, _ onEvent: EventHandler) async {
        do throws(PostgresError) {
            guard let activitySample = try await catalogReader.activitySample(of: record) else { return }
            for news in log.record(activitySample) { onEvent(news) }
            standAside()
            if log.relationWaitingTime >= queuePatience {
                // It has not started yet, and the holder may keep the lock for ever.
                givenUp = activitySample.waitsFor
                return try await catalogReader.cancelWorker(activitySample.processID, of: record)
            }
            let isCancelled = control.isCancelled || record.isCancelRequested
            if mayGiveUp, !isCancelled, log.idleWaitingTime >= idlePatience {
                givenUp = activitySample.waitsFor
                hasBegunInVain = true
                return try await catalogReader.cancelWorker(activitySample.processID, of: record)
            }
            guard canBeCancelled, isCancelled else { return }
            hasCancelled = true
            try await catalogReader.cancelWorker(activitySample.processID, of: record)
        } catch {
            return
        }
    }

    func pause(_ duration: Duration) async throws(PostgresError) {
        Heartbeat.beat(within: duration)
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw PostgresError(.cancelled, "cancelled while waiting for another session")
        }
    }

    /// Runs statements to their end, even if this task is cancelled, and watches them.
    ///
    /// - Parameters:
    ///   - statements: The statements.
    ///   - settings: The settings of their session.
    ///   - canBeCancelled: Whether a person can cancel them.
    ///   - mayGiveUp: Whether they are cancelled when they have waited for idle transactions for long, before they built
    ///     anything.
    ///   - onEvent: Receives events as they happen.
    /// - Returns: The error after they have started; `nil` if they succeeded.
    /// - Throws: When they could not start, or the task is cancelled.
    mutating func run(
        _ statements: [String],
        with settings: [String] = [],
        canBeCancelled: Bool,
        mayGiveUp: Bool,
        _ onEvent: EventHandler
    ) async throws(PostgresError) -> PostgresError? {
        log = ActivityTracker()
        givenUp = nil
        hasBegunInVain = false
        notices = []
        let work = session.begin(statements, with: settings)
        let token = control.onInterruption { work.nudge() }
        defer { control.forget(token) }
        while true {
            Heartbeat.beat(within: Self.interval)
            switch await work.wait(atMost: Self.interval) {
            case .isRunning: await watch(canBeCancelled: canBeCancelled, mayGiveUp: mayGiveUp, onEvent)
            case .ended(nil):
                notices = work.notices
                return nil
            // After a lost connection the server may still be running them; the next reading of the catalog shows it.
            case .ended(let error?) where error.code == .server || error.code == .connectionLost:
                return log.explaining(error)
            case .ended(let error?): throw error
            case .isAbandoned:
                throw PostgresError(.cancelled, "stopped; the server continues its statement")
            }
        }
    }

    /// Waits for sessions that wait for the table: a build that starts before them would end in a deadlock with them.
    ///
    /// - Returns: The sessions that still wait when the time is over.
    mutating func queue(at place: Job.Target) async throws(PostgresError) -> [LockingSession]? {
        let end = ContinuousClock.now + queuePatience
        while true {
            let sessions = try await sessions(at: place).filter { $0.awaitedLock != nil }
            if sessions.isEmpty { return nil }
            if ContinuousClock.now >= end || control.isCancelled { return sessions }
            try await pause(Self.lockPause)
        }
    }

    /// The sessions that wait for a lock on the table, and those that hold one that a job would have to wait for.
    func sessions(at place: Job.Target) async throws(PostgresError) -> [LockingSession] {
        let statement = LockingSession.statement(PackageResources.table_queue_sql, [place.schema, place.table])
        var sessions: [LockingSession] = []
        for row in try await catalogReader.read([statement])[0] { sessions.append(try LockingSession(row)) }
        return sessions
    }
}
