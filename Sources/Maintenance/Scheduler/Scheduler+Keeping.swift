internal import Advisor
internal import Postgres

extension Scheduler {
    /// How often to check for jobs to start, to cancel, or to take over.
    private static let beat = Duration.seconds(2)
    /// How long a job that holds a slot waits for a foreign session; after that it waits in the queue.
    private static let patience = Duration.seconds(5)
    /// How long a background job has to yield.
    private static let yieldPatience = Duration.seconds(10)
    /// The longest pause between two tries to reach a server.
    private static let longestPause = Duration.seconds(60)

    /// Manages the database until the task is cancelled.
    ///
    /// If the server is unreachable, it waits for the server and reports that once.
    ///
    /// - Parameter onEvent: Receives events as they happen.
    public func keep(onEvent: @escaping @Sendable (Event) -> Void) async {
        await Heartbeat.received(
            by: { onEvent(.isAlive(.scheduler, within: $0)) },
            of: { await manage(onEvent: onEvent) }
        )
        onEvent(.isGone(.scheduler))
    }

    private func manage(onEvent: @escaping @Sendable (Event) -> Void) async {
        var reported: Set<Outage> = []
        var pause = Duration.seconds(1)
        while !Task.isCancelled {
            var isReached = false
            let failure = await manageOnce(onEvent: onEvent) {
                isReached = true
                if !reported.isEmpty { onEvent(.isBack) }
                reported = []
                pause = .seconds(1)
            }
            if Task.isCancelled { return }
            if reported.insert(Outage(failure)).inserted { onEvent(.isOutOfReach(failure)) }
            // After a lost session, reconnecting may work at once; after a refused one, it will not.
            if !isReached { pause = min(pause * 2, Self.longestPause) }
            Heartbeat.beat(within: pause)
            try? await Task.sleep(for: pause)
        }
    }

    /// Manages the database for as long as one session lasts.
    ///
    /// - Returns: The error that ended the session.
    private func manageOnce(
        onEvent: @escaping @Sendable (Event) -> Void,
        reached: () -> Void
    ) async -> PostgresError {
        let runningJobs = RunningJobs()
        do throws(PostgresError) {
            var leaderSession = try await beginLeaderSession()
            // However this ends, its places in the slots' queues are released with it.
            let claims = Claims(slots)
            let failure = await withTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                do throws(PostgresError) {
                    var nextPoll = ContinuousClock.now
                    var nextBeat = ContinuousClock.now
                    while true {
                        let (settings, version) = current.value
                        if leaderSession.adopt(settings, version: version) { (nextPoll, nextBeat) = (.now, .now) }
                        let hasEnded = runningJobs.takeEndSignal()
                        if hasEnded || .now >= nextBeat {
                            let leadership = try await leaderSession.updateLeadership(
                                isIdle: runningJobs.isIdle,
                                onEvent: onEvent
                            )
                            // The end of a job may let another rule ask for one.
                            let hasPolled = hasEnded || .now >= nextPoll
                            if hasPolled {
                                try await leaderSession.poll(exceptOn: runningJobs.tables, onEvent: onEvent)
                                nextPoll = .now + settings.pollInterval
                            }
                            // Also for jobs that started when this instance could still start some.
                            if leaderSession.hasLeaderLock {
                                try await leaderSession.cancelWhatPeopleCancelled(in: runningJobs)
                            }
                            if leadership == .leads {
                                for runningJob in try await begin(in: &leaderSession, runningJobs, claims, onEvent) {
                                    var executor = leaderSession.executor
                                    executor.queuePatience = Self.patience
                                    group.addTask { [executor] in
                                        let worker = Worker.job(runningJob.record.id)
                                        await Heartbeat.received(
                                            by: { onEvent(.isAlive(worker, within: $0)) },
                                            of: { await work(runningJob, executor, runningJobs, onEvent) }
                                        )
                                        onEvent(.isGone(worker))
                                    }
                                }
                            } else {
                                claims.withdraw()
                            }
                            nextBeat = .now + Self.beat
                            settings.connections.forgetIdle()
                            reached()
                            onEvent(.turned(hasPolled: hasPolled))
                        }
                        let pause = ContinuousClock.now.duration(to: nextBeat)
                        if try await leaderSession.rest(pause, or: runningJobs.bell) { nextBeat = .now }
                    }
                } catch {
                    return error
                }
            }
            if Task.isCancelled {
                await stop(runningJobs.jobs, leaderSession.executor, onEvent)
            } else {
                for runningJob in runningJobs.jobs { onEvent(.rests(runningJob.record, failure)) }
            }
            return failure
        } catch {
            return error
        }
    }

    private func beginLeaderSession() async throws(PostgresError) -> LeaderSession {
        let (settings, version) = current.value
        // Pooled connections of the previous session may lead to a server that is gone.
        settings.connections.empty()
        return try await LeaderSession.begin(settings, version: version)
    }

    /// Starts the jobs that can start now.
    ///
    /// A job whose table a foreign session holds is not among them: it takes no slot and delays no other job. A background
    /// job is asked to yield to a build, and to any other job that would have to wait for its locks.
    private func begin(
        in leaderSession: inout LeaderSession,
        _ runningJobs: RunningJobs,
        _ claims: Claims,
        _ onEvent: (Event) -> Void
    ) async throws(PostgresError) -> [RunningJob] {
        var due = try await due(in: &leaderSession, runningJobs, passingOver: runningJobs.resting, onEvent)
        let background = runningJobs.jobs(in: .background).map(\.record.id)
        var impeded: Set<Int64> = []
        if !due.isEmpty || !background.isEmpty {
            let held = try await leaderSession.held(among: due, onEvent: onEvent)
            let byStrangers = Set(held.byStrangers.map(\.job))
            if due.contains(where: { byStrangers.contains($0.id) }) {
                due = try await self.due(
                    in: &leaderSession,
                    runningJobs,
                    passingOver: runningJobs.resting + byStrangers,
                    onEvent
                )
            }
            // Also running jobs: the background job may have taken its lock after they started.
            let all = due + runningJobs.exclusive.map(\.record)
            impeded = Set(all.filter { held.waits($0, forAnyOf: background) }.map(\.id))
        }
        let isBuildDue = due.contains { $0.job.lane == .build }
        let hasToYield = isBuildDue || !impeded.isEmpty
        // A background job that does not yield in time delays nothing.
        let hasGivenWay = !hasToYield || runningJobs.hasGivenWay(within: Self.yieldPatience)
        var begun: [RunningJob] = []
        for lane in JobLane.allCases {
            let mayBegin = due.filter { record in
                guard record.job.lane == lane else { return false }
                return switch lane {
                case .quick: hasGivenWay || !impeded.contains(record.id)
                case .build: hasGivenWay
                case .background: !hasToYield
                }
            }
            begun += begin(
                mayBegin,
                in: lane,
                on: leaderSession.server,
                runningJobs,
                claims[lane]
            )
        }
        return begun
    }

    /// Starts jobs of one lane while there is room for them.
    private func begin(
        _ due: [JobRecord],
        in lane: JobLane,
        on server: String,
        _ runningJobs: RunningJobs,
        _ claim: JobSlots.Claim?
    ) -> [RunningJob] {
        var begun: [RunningJob] = []
        for record in due where runningJobs.hasTable(for: record) && runningJobs.hasRoom(in: lane) {
            guard let claim else {
                begun.append(runningJobs.join(record))
                continue
            }
            // A database that waits for a slot keeps its place by asking again.
            guard let slot = claim.acquire(on: server) else { return begun }
            begun.append(runningJobs.join(record, slot: slot))
        }
        claim?.withdraw()
        return begun
    }

    /// The jobs that could start now, in the lanes that have room.
    private func due(
        in leaderSession: inout LeaderSession,
        _ runningJobs: RunningJobs,
        passingOver passed: [Int64],
        _ onEvent: (Event) -> Void
    ) async throws(PostgresError) -> [JobRecord] {
        let lanes = settings.kinds.lanes.filter { runningJobs.hasRoom(in: $0) }
        guard !lanes.isEmpty else { return [] }
        return try await leaderSession.due(
            besides: runningJobs.exclusive.map(\.record.id),
            passingOver: passed + runningJobs.jobs.map(\.record.id),
            lanes: lanes,
            limit: 16,
            onEvent: onEvent
        )
    }

    private func work(
        _ runningJob: RunningJob,
        _ executor: JobExecutor,
        _ runningJobs: RunningJobs,
        _ onEvent: (Event) -> Void
    ) async {
        let record = runningJob.record
        defer { runningJob.control.giveBackSlot() }
        onEvent(.begins(record))
        do throws(PostgresError) {
            let end = try await executor.run(record, control: runningJob.control) { onEvent(.news(record, $0)) }
            onEvent(.ended(record, end))
            runningJobs.leave(record.id)
        } catch {
            // When the program stops, `stop` handles the jobs that are still running.
            if Task.isCancelled { return }
            onEvent(.rests(record, error))
            runningJobs.rest(record.id)
        }
    }

    /// Leaves running statements to the server, or cancels them, cleans up and puts their jobs back into the queue.
    ///
    /// The program is stopping and its task is cancelled, so this runs in another task.
    private func stop(
        _ jobs: [RunningJob],
        _ executor: JobExecutor,
        _ onEvent: @escaping @Sendable (Event) -> Void
    ) async {
        let cancelsBuilds = settings.cancelsOnStop
        await Task.detached {
            await withTaskGroup(of: Void.self) { group in
                for runningJob in jobs {
                    // The server cannot finish a background job alone.
                    let isLeft = !cancelsBuilds && runningJob.record.job.lane != .background
                    group.addTask {
                        do throws(PostgresError) {
                            if !isLeft { try await executor.putBack(runningJob.record) }
                            onEvent(.stops(runningJob.record, isLeft: isLeft))
                        } catch {
                            onEvent(.rests(runningJob.record, error))
                        }
                    }
                }
            }
        }
        .value
    }
}

/// The identity of an outage, so that it is reported once.
///
/// A server that stops, is down and starts again gives another message each time, but it is one outage. A problem that a
/// person has to fix counts separately.
private struct Outage: Hashable {
    private let reason: SQLState?

    init(_ error: PostgresError) {
        let isAway = error.sqlState.map { $0.isIn(class: "57") || $0.isIn(class: "08") } ?? true
        reason = isAway ? nil : error.sqlState
    }
}

/// The claims of one database for slots, in the lanes that have slots.
private struct Claims {
    private let build: JobSlots.Claim
    private let background: JobSlots.Claim

    init(_ slots: JobSlots) {
        build = slots.claim(.build)
        background = slots.claim(.background)
    }

    subscript(lane: JobLane) -> JobSlots.Claim? {
        switch lane {
        case .quick: nil
        case .build: build
        case .background: background
        }
    }

    func withdraw() {
        build.withdraw()
        background.withdraw()
    }
}
