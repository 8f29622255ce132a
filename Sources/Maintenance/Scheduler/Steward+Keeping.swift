internal import Advisor
internal import Postgres

extension Steward {
    /// How often to see whether there is something to begin, to call off, or to take over.
    private static let beat = Duration.seconds(2)
    /// How long a job waits for a stranger with the right to build in its hand: who stays longer is waited for in the queue.
    private static let patience = Duration.seconds(5)
    /// The longest pause between two tries to reach a server.
    private static let longestPause = Duration.seconds(60)

    /// Looks after the database until the task is cancelled.
    ///
    /// A server that is not there is waited for, and told of once.
    ///
    /// - Parameter tell: Takes what happens, as it happens.
    public func keep(tell: @escaping @Sendable (Event) -> Void) async {
        await Heartbeat.taken(by: { tell(.isAlive(.scheduler, within: $0)) }, of: { await attendAgain(tell: tell) })
        tell(.isGone(.scheduler))
    }

    private func attendAgain(tell: @escaping @Sendable (Event) -> Void) async {
        var told: Set<Outage> = []
        var pause = Duration.seconds(1)
        while !Task.isCancelled {
            var isReached = false
            let failure = await attend(tell: tell) {
                isReached = true
                if !told.isEmpty { tell(.isBack) }
                told = []
                pause = .seconds(1)
            }
            if Task.isCancelled { return }
            if told.insert(Outage(failure)).inserted { tell(.isOutOfReach(failure)) }
            // A session that was lost may be back at once, a server that refused one will not.
            if !isReached { pause = min(pause * 2, Self.longestPause) }
            Heartbeat.beat(within: pause)
            try? await Task.sleep(for: pause)
        }
    }

    /// Looks after the database for as long as one session lasts.
    ///
    /// - Returns: What ended the session.
    private func attend(
        tell: @escaping @Sendable (Event) -> Void,
        reached: () -> Void
    ) async -> PostgresError {
        let crew = Crew()
        do throws(PostgresError) {
            var attendance = try await beginAttendance()
            // Whatever ends this, the place among those that wait goes with it.
            let claim = slots.claim()
            let failure = await withTaskGroup(of: Void.self) { group in
                defer { group.cancelAll() }
                do throws(PostgresError) {
                    var nextLook = ContinuousClock.now
                    var nextBeat = ContinuousClock.now
                    while true {
                        let (settings, version) = current.value
                        if attendance.adopt(settings, version: version) { (nextLook, nextBeat) = (.now, .now) }
                        let hasNews = crew.takeNews()
                        if hasNews || .now >= nextBeat {
                            let standing = try await attendance.stand(isIdle: crew.isIdle, tell: tell)
                            // What has ended may make room for what another rule asks.
                            let hasLooked = hasNews || .now >= nextLook
                            if hasLooked {
                                try await attendance.look(exceptOn: crew.tables, tell: tell)
                                nextLook = .now + settings.pollInterval
                            }
                            // Also what was begun when this program could still begin something.
                            if attendance.hasLead { try await attendance.callOffWhatPeopleCancelled(in: crew) }
                            if standing == .leads {
                                for member in try await begin(in: &attendance, crew, claim, tell) {
                                    var turn = attendance.turn
                                    turn.queuePatience = Self.patience
                                    group.addTask { [turn] in
                                        let worker = Worker.job(member.record.id)
                                        await Heartbeat.taken(
                                            by: { tell(.isAlive(worker, within: $0)) },
                                            of: { await work(member, turn, crew, tell) }
                                        )
                                        tell(.isGone(worker))
                                    }
                                }
                            } else {
                                claim.withdraw()
                            }
                            nextBeat = .now + Self.beat
                            settings.connections.forgetIdle()
                            reached()
                            tell(.turned(hasLooked: hasLooked))
                        }
                        let pause = crew.isIdle ? Self.beat : .milliseconds(200)
                        try await rest(min(pause, ContinuousClock.now.duration(to: nextLook)))
                    }
                } catch {
                    return error
                }
            }
            if Task.isCancelled {
                await stop(crew.members, attendance.turn, tell)
            } else {
                for member in crew.members { tell(.rests(member.record, failure)) }
            }
            return failure
        } catch {
            return error
        }
    }

    private func beginAttendance() async throws(PostgresError) -> Attendance {
        let (settings, version) = current.value
        // What is left of the session before may lead to a server that is gone.
        settings.connections.empty()
        return try await Attendance.begin(settings, version: version)
    }

    private func rest(_ pause: Duration) async throws(PostgresError) {
        Heartbeat.beat(within: pause)
        do {
            try await Task.sleep(for: max(pause, .milliseconds(10)))
        } catch {
            throw PostgresError(.cancelled, "stopped")
        }
    }

    /// The jobs that can begin now, put to work.
    ///
    /// A job whose table a stranger has is not one of them: it takes no slot, and keeps no other job from its turn.
    private func begin(
        in attendance: inout Attendance,
        _ crew: Crew,
        _ claim: BuildSlots.Claim,
        _ tell: (Event) -> Void
    ) async throws(PostgresError) -> [Crew.Member] {
        var due = try await due(in: &attendance, crew, passingOver: crew.resting, tell)
        if !due.isEmpty {
            let held = Set(try await attendance.held(among: due, tell: tell))
            if due.contains(where: { held.contains($0.id) }) {
                due = try await self.due(in: &attendance, crew, passingOver: crew.resting + held, tell)
            }
        }
        var begun: [Crew.Member] = []
        var wantsSlot = false
        for record in due where crew.hasTable(for: record) && crew.hasRoom(isBuilding: record.job.definition != nil) {
            guard record.job.definition != nil else {
                begun.append(crew.join(record))
                continue
            }
            guard let slot = claim.take(on: attendance.server) else {
                wantsSlot = true
                break
            }
            begun.append(crew.join(record, slot: slot))
        }
        if !wantsSlot { claim.withdraw() }
        return begun
    }

    /// What could begin if there were room: of either kind, so that neither hides the other.
    private func due(
        in attendance: inout Attendance,
        _ crew: Crew,
        passingOver passed: [Int64],
        _ tell: (Event) -> Void
    ) async throws(PostgresError) -> [JobRecord] {
        let busy = crew.members.map(\.record.id)
        var due: [JobRecord] = []
        for isBuilding in [false, true] where crew.hasRoom(isBuilding: isBuilding) {
            due += try await attendance.due(
                besides: busy,
                passingOver: passed,
                isBuilding: isBuilding,
                limit: isBuilding ? 16 : 1,
                tell: tell
            )
        }
        return due
    }

    private func work(
        _ member: Crew.Member,
        _ turn: JobTurn,
        _ crew: Crew,
        _ tell: (Event) -> Void
    ) async {
        let record = member.record
        defer { member.control.giveBackSlot() }
        tell(.begins(record))
        do throws(PostgresError) {
            let end = try await turn.take(record, control: member.control, tell: tell)
            tell(.ended(record, end))
            crew.leave(record.id)
        } catch {
            // When the program stops, whoever stops it asks for the members that were at work.
            if Task.isCancelled { return }
            tell(.rests(record, error))
            crew.rest(record.id)
        }
    }

    /// Leaves what runs to the server, or ends it, cleans up behind it and puts its job back into the queue.
    ///
    /// The program is being stopped: its task is cancelled, so this runs in another.
    private func stop(
        _ members: [Crew.Member],
        _ turn: JobTurn,
        _ tell: @escaping @Sendable (Event) -> Void
    ) async {
        let isLeft = !settings.cancelsOnStop
        await Task.detached {
            await withTaskGroup(of: Void.self) { group in
                for member in members {
                    group.addTask {
                        do throws(PostgresError) {
                            if !isLeft { try await turn.putBack(member.record) }
                            tell(.stops(member.record, isLeft: isLeft))
                        } catch {
                            tell(.rests(member.record, error))
                        }
                    }
                }
            }
        }
        .value
    }
}

/// What an outage is told of once for.
///
/// A server that stops, is away and starts again says something else each time, and it is one outage. What a person has
/// to mend is another matter.
private struct Outage: Hashable {
    private let reason: SQLState?

    init(_ error: PostgresError) {
        let isAway = error.sqlState.map { $0.isIn(class: "57") || $0.isIn(class: "08") } ?? true
        reason = isAway ? nil : error.sqlState
    }
}
