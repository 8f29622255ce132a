import Advisor
import Maintenance
import Postgres
import Synchronization

/// Waits until jobs end, shows their progress, and reports the outcome.
struct JobWait: Sendable {
    var jobs: [JobRecord]
    var database: DatabaseConfiguration
    var assessor: Assessor
    var configuration: Configuration
    var display: ProgressDisplay
    /// The `lists` of the IVFFlat indexes that existed before, by index name.
    var formerLists: [String: Int] = [:]

    /// What the events so far have shown.
    private final class Memory: Sendable {
        struct State {
            var isOwn = false
            var begun: Set<Int64> = []
            var keptOutBy: LockHolder?
            var cancellations: [Int64: String] = [:]
        }

        let state: Mutex<State>

        init(isOwn: Bool) { state = Mutex(State(isOwn: isOwn)) }
    }

    /// Waits until the jobs have ended.
    ///
    /// - Parameter hasLeader: Whether another instance is the leader.
    /// - Returns: The exit status.
    /// - Throws: The complaints for standard error.
    func result(hasLeader: Bool) async throws(ProgramFailure) -> ExitStatus {
        let memory = Memory(isOwn: !hasLeader)
        var settings = configuration.schedulerSettings(for: database, assessor: assessor)
        settings.mayAct = true
        let scheduler = Scheduler(settings, slots: JobSlots(perServer: configuration.concurrentBuilds))
        let ids = jobs.map(\.id)
        if let first = jobs.first { display.begin("job \(first.id)", phase: "waiting for its turn") }
        let result = await withTaskCancellationHandler {
            await display.whileTicking { () -> Result<[QueueEntry], PostgresError> in
                do throws(PostgresError) {
                    return .success(try await scheduler.waitFor(jobs: ids) { handle($0, memory) })
                } catch {
                    return .failure(error)
                }
            }
        } onCancel: {
            // Right away, because a server that does not answer may take longer than the program may.
            display.end(farewell(memory))
        }
        if Task.isCancelled { throw .silent(.interrupted) }
        display.end()
        switch result {
        case .success(let entries): return try await conclude(entries, memory)
        case .failure(let error):
            var failure = ProgramFailure(error, in: database)
            failure.complaints.append(.init(message: farewell(memory), hint: nil))
            throw failure
        }
    }

    private func handle(_ waitEvent: Scheduler.WaitEvent, _ memory: Memory) {
        switch waitEvent {
        case .isKeptOut(let holder): memory.state.withLock { $0.keptOutBy = holder }
        case .isLeftToAnother: memory.state.withLock { $0.isOwn = false }
        case .isCarriedOut: memory.state.withLock { $0.isOwn = true }
        case .waitsBehind(let record, let other):
            display.note("job \(record.id) waits behind job \(other.id): \(other.work)")
        case .begins(let record):
            _ = memory.state.withLock { $0.begun.insert(record.id) }
            if !jobs.contains(where: { $0.id == record.id }) {
                display.note("job \(record.id) was started on this table earlier and comes first: \(record.work)")
            }
            display.begin("job \(record.id)", phase: "starting")
        case .news(_, .progress(let progress)): display.show(progress)
        case .news(_, .enters): break
        case .news(let record, let news): display.note("job \(record.id): \(Quoted.name(news.words, limit: 500))")
        case .waits(let entry):
            display.note(
                "job \(entry.record.id) will be tried again later: "
                    + "\(Quoted.name(entry.failure?.message ?? "", limit: 300))"
            )
            display.begin("job \(entry.record.id)", phase: "waiting for the next try")
        case .ended(let record, let end):
            guard case .cancelled(let reason) = end.outcome else { return }
            memory.state.withLock { $0.cancellations[record.id] = reason }
        }
    }

    /// What happens to the jobs when the command stops waiting.
    private func farewell(_ memory: Memory) -> String {
        let (isOwn, begun) = memory.state.withLock { ($0.isOwn, $0.begun) }
        let name = jobs.count == 1 ? "job \(jobs[0].id)" : "jobs \(jobs.map { "\($0.id)" }.joined(separator: ", "))"
        let (continues, it) = jobs.count == 1 ? ("continues", "it") : ("continue", "them")
        let number = jobs.count == 1 ? "\(jobs[0].id)" : "NUMBER"
        let commands = "vecsteward jobs show \(number) shows \(it), vecsteward jobs cancel \(number) cancels \(it)"
        if !isOwn { return "\(name) \(continues): \(commands)" }
        return jobs.contains { begun.contains($0.id) }
            ? "\(name) \(continues) in the server, and the next vecsteward run finishes \(it): \(commands)"
            : "\(name) \(jobs.count == 1 ? "stays" : "stay") in the queue for the next vecsteward run: \(commands)"
    }

    private func conclude(_ entries: [QueueEntry], _ memory: Memory) async throws(ProgramFailure) -> ExitStatus {
        let builds = try await builds(of: entries)
        var failure = ProgramFailure(.workToDo, [])
        if let holder = memory.state.withLock({ $0.keptOutBy }) {
            failure.complaints.append(
                .init(message: Quoted.name(holder.complaint, limit: 500), hint: Quoted.name(holder.hint, limit: 300))
            )
        }
        for entry in entries {
            let record = entry.record
            switch record.state {
            case .done:
                var result = JobResult(entry: entry, build: builds[record.id])
                if let index = record.job.spec.existingIndex { result.formerLists = formerLists[index] }
                try ReportDestination.standardOutput.write(result.text)
            case .cancelled:
                let reason = memory.state.withLock { $0.cancellations[record.id] }
                let why =
                    reason ?? (record.isCancelRequested ? "a person cancelled it" : "nothing was left to do")
                failure.complaints.append(
                    .init(message: "job \(record.id) was cancelled: \(Quoted.name(why, limit: 300))", hint: nil)
                )
            case .failed, .waiting, .queued, .running, .proving, .swapping, .cleaning:
                let isFinal = record.state == .failed
                var error = PostgresError(
                    .server,
                    entry.failure?.message ?? "it is \(record.state.rawValue)",
                    hint: entry.failure?.hint
                )
                error.sqlState = entry.failure?.sqlState.map { SQLState(rawValue: $0) }
                let next =
                    isFinal
                    ? "Run vecsteward jobs retry \(record.id) to try again, or jobs cancel \(record.id) to dismiss it."
                    : "The next vecsteward run will try it again; vecsteward jobs cancel \(record.id) cancels it."
                if ConnectionAdvice(error).status == .refused { failure.status = .refused }
                failure.complaints.append(
                    .init(
                        message: "job \(record.id) \(isFinal ? "failed" : "is not done"): "
                            + Quoted.name(error.message, limit: 500),
                        hint: [error.hint.map { Quoted.name($0, limit: 500) }, next].compactMap { $0 }.joined(
                            separator: " "
                        )
                    )
                )
            }
        }
        if entries.count < jobs.count {
            failure.complaints.append(.init(message: "a job is no longer in the queue", hint: nil))
        }
        guard failure.complaints.isEmpty else { throw failure }
        return .success
    }

    /// The recorded builds of the jobs, by job number.
    private func builds(of entries: [QueueEntry]) async throws(ProgramFailure) -> [Int64: BuildHistoryRow] {
        guard entries.contains(where: { $0.record.state == .done }) else { return [:] }
        do throws(PostgresError) {
            let latest = try await assessor.connections.use { (connection) async throws(PostgresError) in
                try await JobHistory.latestBuilds(on: &connection)
            }
            let own = latest.compactMap { build in build.jobID.map { ($0, build) } }
            return Dictionary(own) { _, last in last }
        } catch {
            // The jobs are done, whether their builds can be read or not.
            return [:]
        }
    }
}
