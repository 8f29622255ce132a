import Advisor
import Maintenance
import Postgres
import Synchronization

/// Waits for the end of jobs, shows how far they are, and says what came of them.
struct JobWait: Sendable {
    var jobs: [JobRecord]
    var database: DatabaseConfiguration
    var assessor: Assessor
    var configuration: Configuration
    var display: ProgressDisplay
    /// The lists of the IVFFlat indexes that were there before, by name.
    var formerLists: [String: Int] = [:]

    /// What has been seen on the way.
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

    /// Waits.
    ///
    /// - Parameter isAttended: Whether another program does the work in the database.
    /// - Returns: How to exit.
    /// - Throws: What standard error is to say.
    func result(isAttended: Bool) async throws(ProgramFailure) -> ExitStatus {
        let memory = Memory(isOwn: !isAttended)
        var settings = configuration.schedulerSettings(for: database, assessor: assessor)
        settings.mayAct = true
        let scheduler = Scheduler(settings, slots: JobSlots(perServer: configuration.concurrentBuilds))
        let ids = jobs.map(\.id)
        if let first = jobs.first { display.begin("job \(first.id)", phase: "waits for its turn") }
        let result = await withTaskCancellationHandler {
            await display.whileTicking { () -> Result<[QueueEntry], PostgresError> in
                do throws(PostgresError) {
                    return .success(try await scheduler.waitFor(jobs: ids) { take($0, memory) })
                } catch {
                    return .failure(error)
                }
            }
        } onCancel: {
            // At once, since a server that does not answer may take longer than the program has.
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

    private func take(_ waitEvent: Scheduler.WaitEvent, _ memory: Memory) {
        switch waitEvent {
        case .isKeptOut(let holder): memory.state.withLock { $0.keptOutBy = holder }
        case .isLeftToAnother: memory.state.withLock { $0.isOwn = false }
        case .isCarriedOut: memory.state.withLock { $0.isOwn = true }
        case .waitsBehind(let record, let other):
            display.tell("job \(record.id) waits for its turn behind job \(other.id): \(other.work)")
        case .begins(let record):
            _ = memory.state.withLock { $0.begun.insert(record.id) }
            if !jobs.contains(where: { $0.id == record.id }) {
                display.tell("job \(record.id), which was begun before on this table, comes first: \(record.work)")
            }
            display.begin("job \(record.id)", phase: "begins")
        case .news(_, .progress(let progress)): display.show(progress)
        case .news(_, .enters): break
        case .news(let record, let news): display.tell("job \(record.id): \(Quoted.name(news.words, limit: 500))")
        case .waits(let entry):
            display.tell(
                "job \(entry.record.id) is tried again later: \(Quoted.name(entry.failure?.message ?? "", limit: 300))"
            )
            display.begin("job \(entry.record.id)", phase: "waits for another try")
        case .ended(let record, let end):
            guard case .cancelled(let reason) = end.outcome else { return }
            memory.state.withLock { $0.cancellations[record.id] = reason }
        }
    }

    /// What becomes of the jobs when nobody waits for them any more.
    private func farewell(_ memory: Memory) -> String {
        let (isOwn, begun) = memory.state.withLock { ($0.isOwn, $0.begun) }
        let name = jobs.count == 1 ? "job \(jobs[0].id)" : "jobs \(jobs.map { "\($0.id)" }.joined(separator: ", "))"
        let (goes, it) = jobs.count == 1 ? ("goes", "it") : ("go", "them")
        let number = jobs.count == 1 ? "\(jobs[0].id)" : "NUMBER"
        let commands = "vecsteward jobs show \(number) shows \(it), vecsteward jobs cancel \(number) ends \(it)"
        if !isOwn { return "\(name) \(goes) on: \(commands)" }
        return jobs.contains { begun.contains($0.id) }
            ? "\(name) \(goes) on in the server, and the next vecsteward run finishes \(it): \(commands)"
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
                    reason ?? (record.isCancelRequested ? "a person cancelled it" : "there was nothing to do any more")
                failure.complaints.append(
                    .init(message: "job \(record.id) was called off: \(Quoted.name(why, limit: 300))", hint: nil)
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
                    ? "vecsteward jobs retry \(record.id) tries it again, jobs cancel \(record.id) puts it away."
                    : "The next vecsteward run tries it again; vecsteward jobs cancel \(record.id) ends it."
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

    /// What is written down of the indexes that the jobs have built.
    private func builds(of entries: [QueueEntry]) async throws(ProgramFailure) -> [Int64: BuildHistoryRow] {
        guard entries.contains(where: { $0.record.state == .done }) else { return [:] }
        do throws(PostgresError) {
            let latest = try await assessor.connections.use { (connection) async throws(PostgresError) in
                try await JobHistory.latestBuilds(on: &connection)
            }
            let own = latest.compactMap { build in build.jobID.map { ($0, build) } }
            return Dictionary(own) { _, last in last }
        } catch {
            // The jobs are done all the same.
            return [:]
        }
    }
}
