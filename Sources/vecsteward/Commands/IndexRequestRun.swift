import Advisor
import Maintenance
import Postgres

/// What `create-index` and `rebuild` have in common: find the collection, plan, queue, and see the jobs to their end.
struct IndexRequestRun {
    /// The name of the command.
    var command: String
    var request: IndexRequest
    var collection: CollectionArgument
    var configuration: Configuration
    /// Whether to wait for the end of the jobs.
    var isWaiting: Bool

    /// Does it.
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus {
        let place = try await CollectionSearch(collection, command: command).place(in: configuration)
        guard configuration.mode(for: place.database) == .maintain else {
            throw ProgramFailure(
                .configuration,
                "database \(Quoted.name(place.database.name)) is only looked at: its mode is observe",
                hint: "Say \"mode\": \"maintain\" in the configuration, or name the database with --database alone."
            )
        }
        let requested = try await queue(try await plan(place), in: place)
        let isAttended = try await reaching(place) { (connection) throws(PostgresError) in
            try await JobQueue.isAttended(on: &connection)
        }
        guard isWaiting else {
            let next =
                isAttended
                ? "the vecsteward that runs here begins it in moments" : "vecsteward run --once carries it out"
            for one in requested {
                try ReportDestination.standardOutput.write("\(Self.words(one)); \(next)\n")
            }
            return .success
        }
        var waiting = JobWait(
            jobs: requested.map(\.record),
            database: place.database,
            assessor: place.assessor,
            configuration: configuration,
            display: ProgressDisplay(environment: environment)
        )
        waiting.formerLists = place.lists
        for one in requested { waiting.display.tell(Self.words(one)) }
        return try await waiting.result(isAttended: isAttended)
    }

    private func plan(_ place: CollectionSearch.Place) async throws(ProgramFailure) -> [Job] {
        let name = Quoted.name(place.collection.description, limit: 200)
        let deed = if case .create = request { "build an index on \(name)" } else { "rebuild the index of \(name)" }
        let answer: Result<[Job], Blocker>
        do throws(PostgresError) {
            answer = try await place.assessor.jobs(for: request, on: place.collection, in: place.snapshot)
        } catch {
            throw ProgramFailure(error, in: place.database)
        }
        switch answer {
        case .success(let jobs):
            warn(of: jobs, on: place.snapshot.server)
            let doubt = place.assessor.doubt(about: request, on: place.collection, in: place.snapshot)
            if let doubt {
                FileDescriptor.complain(
                    "vecsteward: \(doubt)\nHINT: --measure says it here, \"index\": {\"measure\": \"l2_distance\"} in the "
                        + "configuration says it for all, for a database or for collections by name.\n"
                )
            }
            return jobs
        case .failure(let blocker): throw ProgramFailure(blocker, to: deed)
        }
    }

    /// Says what will be slow; what `auto` has chosen has said it itself.
    private func warn(of jobs: [Job], on server: ServerFacts) {
        let budget = configuration.limits.on(server).memoryBytes
        let needed = jobs.filter { $0.definition?.method == .hnsw }.compactMap(\.sufficientMemoryBytes).max() ?? 0
        guard needed > budget else { return }
        let enough = MemorySetting.enough(needed)
        FileDescriptor.complain(
            "vecsteward: the graph of hnsw does not fit the memory budget of \(MemorySetting.words(budget)), "
                + "its build needs \(MemorySetting.words(enough)): the build will be slow\n"
                + "HINT: maintenance.memory = \"\(MemorySetting.spelled(enough))\" in the configuration would make it fast.\n"
        )
    }

    private func queue(
        _ jobs: [Job],
        in place: CollectionSearch.Place
    ) async throws(ProgramFailure) -> [RequestedJob] {
        // What carries the jobs out needs another one.
        if isWaiting { place.assessor.connections.openAhead(2) }
        let answer = try await reaching(place) { (connection) throws(PostgresError) in
            switch try await StateSchema.prepare(on: &connection, createIfMissing: true) {
            case .ready: return try await JobQueue.request(jobs, on: &connection)
            case .readOnly(isStandby: true):
                throw PostgresError(
                    .connectionFailed,
                    "the server is a standby now",
                    hint: "Ask on the primary, or when the server is one."
                )
            case .readOnly(isStandby: false), .missing, .outdated:
                throw PostgresError(
                    .connectionFailed,
                    "transactions are read-only here now",
                    hint: "vecsteward --dry-run says who sets default_transaction_read_only, and what sets it back."
                )
            }
        }
        switch answer {
        case .success(let requested): return requested
        case .failure(let other):
            let record = other.record
            throw ProgramFailure(
                .workToDo,
                "job \(record.id) is in the way: it is \(record.isCancelRequested ? "being ended" : record.state.rawValue), "
                    + "and does other work: \(record.work)",
                hint: "Wait for its end, or end it: vecsteward jobs cancel \(record.id)."
            )
        }
    }

    private func reaching<Value>(
        _ place: CollectionSearch.Place,
        _ work: (inout Connection) async throws(PostgresError) -> Value
    ) async throws(ProgramFailure) -> Value {
        do throws(PostgresError) {
            return try await place.assessor.connections.use(work)
        } catch {
            throw ProgramFailure(error, in: place.database)
        }
    }

    private static func words(_ one: RequestedJob) -> String {
        switch one {
        case .queued(let record): "job \(record.id) queued: \(record.work)"
        case .found(let record): "job \(record.id) does this already, and is \(record.state.rawValue): \(record.work)"
        }
    }
}

extension ProgramFailure {
    /// Says why a database could not be worked with.
    init(_ error: PostgresError, in database: DatabaseConfiguration) {
        if Task.isCancelled {
            self = .silent(.interrupted)
            return
        }
        let advice = ConnectionAdvice(error)
        self.init(advice.status, "database \(Quoted.name(database.name)): \(advice.message)", hint: advice.hint)
    }
}
