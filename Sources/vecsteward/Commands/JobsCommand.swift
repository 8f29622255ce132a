import Advisor
import ArgumentParser
import Maintenance
import Postgres
import Reports

/// Shows the queue of jobs, and lets a person retry or cancel one.
struct JobsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs",
        abstract: "List and show jobs, retry one, or cancel one.",
        discussion: """
            Each database has its queue in the schema vecsteward. A running job is shown with its phase, the time left, \
            the sessions that it waits for and those that wait behind it. A failed job stays in the queue until you retry \
            or cancel it.
            """
    )

    /// What to do with the queue.
    enum Action: String, ExpressibleByArgument, CaseIterable {
        case list
        case show
        case retry
        case cancel
    }

    @ParentCommand var parent: VecstewardCommand

    @Argument(help: "What to do.")
    var action = Action.list

    @Argument(help: ArgumentHelp("The job number; required except for list.", valueName: "job"))
    var job: Int64?

    @OptionGroup var source: SourceOptions

    /// The most jobs that a list shows.
    private static let listed = 100
}

extension JobsCommand: ProgramCommand {
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus {
        try parent.refuseReportOptions(for: "jobs")
        if action == .list, job != nil {
            throw ProgramFailure(.usage, "jobs list takes no number", hint: "For one job: vecsteward jobs show NUMBER.")
        }
        if action != .list, job == nil {
            throw ProgramFailure(
                .usage,
                "jobs \(action.rawValue) needs a job number",
                hint: "Run vecsteward jobs list to see the numbers."
            )
        }
        let configuration = try source.merged(over: parent.source).load()
        if action != .list, configuration.databases.count > 1 {
            throw ProgramFailure(
                .usage,
                "job numbers belong to one database, and there are \(configuration.databases.count) databases",
                hint: "Choose one with --database."
            )
        }
        var failures: [ExitStatus] = []
        for database in configuration.databases {
            let queue = DatabaseQueue(name: database.name, connections: configuration.connections(to: database))
            let answer: Result<String, PostgresError>
            do throws(PostgresError) {
                answer = .success(try await self.answer(of: queue))
            } catch {
                answer = .failure(error)
            }
            switch answer {
            case .success(let text): try ReportDestination.standardOutput.write(text)
            case .failure(let error):
                let advice = ConnectionAdvice(error)
                // The connection worked before, so what is wrong now is the job number.
                failures.append(error.code == .invalidTarget ? .usage : advice.status)
                let complaint = ProgramFailure.Complaint(
                    message: "database \(Quoted.name(database.name)): \(advice.message)",
                    hint: advice.hint
                )
                FileDescriptor.complain(complaint.text)
            }
        }
        return ExitStatus.combining(failures) ?? .success
    }

    private func answer(of queue: DatabaseQueue) async throws(PostgresError) -> String {
        switch (action, job) {
        case (.show, let id?): try await queue.show(id)
        case (.retry, let id?): try await queue.retry(id)
        case (.cancel, let id?): try await queue.cancel(id)
        default: try await queue.list(Self.listed)
        }
    }
}

/// Prints and changes the queue of one database.
private struct DatabaseQueue {
    var name: String
    var connections: ConnectionPool

    func list(_ limit: Int) async throws(PostgresError) -> String {
        var connection = try await open()
        let (found, leftAside) = try await JobQueue.list(limit: limit, on: &connection)
        let entries = try await withHolders(found, on: &connection)
        let activities = try await activities(of: entries, on: &connection)
        let remedies = try await remedies(on: &connection)
        let recalls = try await JobQueue.recalls(of: entries.map(\.record.id), on: &connection)
        let unreadable = leftAside.map { "\(Quoted.name($0.words, limit: 400))\n  HINT: \($0.hint)\n" }.joined()
        let heading = "\(Quoted.name(name)): "
        guard !entries.isEmpty || !unreadable.isEmpty else { return heading + "no job was queued yet\n" }
        return heading + "\(entries.count == limit ? "the first \(limit) jobs" : "all jobs"), unfinished ones first\n"
            + entries.map { entry in
                let id = entry.record.id
                return QueueEntryText(
                    entry: entry,
                    activity: activities[id],
                    remedy: remedies[id],
                    recall: recalls[id]
                ).lines
            }
            .joined() + unreadable
    }

    func show(_ id: Int64) async throws(PostgresError) -> String {
        var connection = try await open()
        let found = try await JobQueue.list(id: id, limit: 1, on: &connection)
        if let row = found.unreadable.first {
            let columns = try await JobQueue.columns(id: id, on: &connection)
            return "\(Quoted.name(row.words, limit: 400))\n"
                + columns.map { "  \($0.name): \($0.value.map { Quoted.name($0, limit: 400) } ?? "NULL")\n" }.joined()
                + "  HINT: Run vecsteward jobs cancel \(id) to remove it.\n"
        }
        let entry = try await withHolders([try entry(id, in: found)], on: &connection)[0]
        let sql = try await JobStatements.statements(for: entry.record, on: &connection)
        let statements = sql.map { "  \($0);\n" }.joined()
        let activities = try await activities(of: [entry], on: &connection)
        let remedies = try await remedies(on: &connection)
        let recalls = try await JobQueue.recalls(of: [id], on: &connection)
        return QueueEntryText(entry: entry, activity: activities[id], remedy: remedies[id], recall: recalls[id]).lines
            + "queued \(Moment.text(secondsSince1970: entry.createdAt))\n"
            + (entry.startedAt.map { "begun \(Moment.text(secondsSince1970: $0))\n" } ?? "")
            + (entry.finishedAt.map { "ended \(Moment.text(secondsSince1970: $0))\n" } ?? "")
            + "tried \(entry.record.attempts) \(entry.record.attempts == 1 ? "time" : "times"); its SQL:\n" + statements
    }

    /// Jobs that ended without resolving their findings, by job number.
    private func remedies(on connection: inout Connection) async throws(PostgresError) -> [Int64: PastRemedy] {
        let remedies = try await JobQueue.remedies(on: &connection)
        return Dictionary(remedies.map { ($0.jobID, $0) }) { first, _ in first }
    }

    /// The jobs, with who keeps those that have not started from their tables.
    private func withHolders(
        _ entries: [QueueEntry],
        on connection: inout Connection
    ) async throws(PostgresError) -> [QueueEntry] {
        var entries = entries
        try await JobQueue.addHolders(to: &entries, on: &connection)
        return entries
    }

    /// What the running jobs are doing, by job number.
    private func activities(
        of entries: [QueueEntry],
        on connection: inout Connection
    ) async throws(PostgresError) -> [Int64: JobActivity] {
        let begun = entries.map(\.record).filter { !$0.state.isFinal && $0.state != .queued && $0.state != .waiting }
        let activities = try await JobActivityReader.activities(of: begun, on: &connection)
        return Dictionary(activities.map { ($0.jobID, $0) }) { first, _ in first }
    }

    func retry(_ id: Int64) async throws(PostgresError) -> String {
        var connection = try await open()
        let entry = try entry(id, in: try await JobQueue.list(id: id, limit: 1, on: &connection))
        guard try await JobQueue.retry(id: id, on: &connection) else {
            throw refusal("job \(id) is \(entry.record.state.rawValue), or the same work was queued again meanwhile")
        }
        return try await JobQueue.hasLeader(on: &connection)
            ? "job \(id) is queued again; the leader will start it within seconds\n"
            : "job \(id) is queued again; the next vecsteward run will run it\n"
    }

    func cancel(_ id: Int64) async throws(PostgresError) -> String {
        var connection = try await open()
        let found = try await JobQueue.list(id: id, limit: 1, on: &connection)
        if !found.unreadable.isEmpty {
            guard try await JobQueue.remove(id: id, on: &connection) else {
                throw refusal("job \(id) does not exist")
            }
            return "job \(id) was unreadable and has been removed\n"
        }
        let entry = try entry(id, in: found)
        guard let state = try await JobQueue.requestCancel(id: id, on: &connection) else {
            let former = entry.record.state
            throw refusal("job \(id) is already \(former.isFinal ? former.rawValue : "being cancelled")")
        }
        if state == .cancelled {
            let end = entry.record.state == .failed ? "dismissed" : "cancelled before it started"
            return "job \(id) was \(end)\n"
        }
        return try await JobQueue.hasLeader(on: &connection)
            ? "job \(id) will be cancelled: the leader cancels it within seconds\n"
            : "job \(id) will be cancelled; if it has started, the next vecsteward run cleans up after it\n"
    }

    private func open() async throws(PostgresError) -> Connection {
        var connection = try await connections.open()
        switch try await StateSchema.prepare(on: &connection, createIfMissing: false) {
        case .ready, .readOnly: return connection
        case .missing:
            throw refusal("this database has no queue", hint: "The first vecsteward run --once creates it.")
        case .outdated(let version):
            throw PostgresError(
                .unsupported,
                "the schema vecsteward has version \(version), and this program needs version \(StateSchema.version)",
                hint: "The next vecsteward run, or run --once, upgrades the schema."
            )
        }
    }

    private func entry(
        _ id: Int64,
        in found: (jobs: [QueueEntry], unreadable: [UnreadableRow])
    ) throws(PostgresError) -> QueueEntry {
        if let entry = found.jobs.first { return entry }
        if let row = found.unreadable.first { throw refusal(row.words, hint: row.hint) }
        throw refusal("job \(id) does not exist")
    }

    private func refusal(
        _ message: String,
        hint: String = "Run vecsteward jobs list to see all jobs."
    ) -> PostgresError {
        PostgresError(.invalidTarget, message, hint: hint)
    }
}
