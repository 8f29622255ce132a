import Advisor
import Maintenance
import Postgres

/// The common part of `create-index` and `rebuild`: finds the collection, plans, queues, and waits for the jobs.
struct IndexRequestRun {
    /// The name of the command, for messages.
    var command: String
    var request: IndexRequest
    var collection: CollectionArgument
    var configuration: Configuration
    /// Whether to wait until the jobs have ended.
    var isWaiting: Bool

    /// Runs the command.
    func execute(in environment: [String: String]) async throws(ProgramFailure) -> ExitStatus {
        let place = try await CollectionSearch(collection, command: command).place(in: configuration)
        guard configuration.mode(for: place.database) == .maintain else {
            throw ProgramFailure(
                .configuration,
                "database \(Quoted.name(place.database.name)) is in observe mode",
                hint: "Set \"mode\": \"maintain\" in the configuration, or use --database without --config."
            )
        }
        let requested = try await queue(try await plan(place), in: place)
        let hasLeader = try await reaching(place) { (connection) throws(PostgresError) in
            try await JobQueue.hasLeader(on: &connection)
        }
        guard isWaiting else {
            let next =
                hasLeader
                ? "the leader will start it within seconds" : "vecsteward run --once will run it"
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
        for one in requested { waiting.display.note(Self.words(one)) }
        return try await waiting.result(hasLeader: hasLeader)
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
            warnOfFilters(jobs, in: place)
            warnOfDifference(in: place)
            let doubt = place.assessor.doubt(about: request, on: place.collection, in: place.snapshot)
            if let doubt {
                FileDescriptor.complain(
                    "vecsteward: \(doubt)\nHINT: Use --measure for this index, or "
                        + "\"index\": {\"measure\": \"l2_distance\"} in the configuration "
                        + "for all collections, those of a database, or those that match a pattern.\n"
                )
            }
            return jobs
        case .failure(let blocker): throw ProgramFailure(blocker, to: deed)
        }
    }

    /// Warns if the build will be slow; if `auto` chose the method, its reason says so already.
    private func warn(of jobs: [Job], on server: ServerFacts) {
        let budget = configuration.limits.on(server).memoryBytes
        let needed = jobs.filter { $0.definition?.method == .hnsw }.compactMap(\.sufficientMemoryBytes).max() ?? 0
        guard needed > budget else { return }
        let enough = MemorySetting.enough(needed)
        FileDescriptor.complain(
            "vecsteward: the hnsw graph does not fit in the memory budget of \(MemorySetting.words(budget)); "
                + "the build will be slow, because it needs \(MemorySetting.words(enough))\n"
                + "HINT: Set maintenance.memory to \"\(MemorySetting.spelled(enough))\" in the configuration.\n"
        )
    }

    /// Warns if searches with a filter will get fewer rows from the new index.
    private func warnOfFilters(_ jobs: [Job], in place: CollectionSearch.Place) {
        let server = place.snapshot.server
        guard case .create = request, let parameters = jobs.lazy.compactMap(\.definition).first?.parameters,
            let collection = place.snapshot.collections.first(where: { $0.name == place.collection }),
            let warning = collection.filterWarning(for: parameters, server.pgvector, observedAt: server.observedAt)
        else { return }
        FileDescriptor.complain(
            "vecsteward: \(warning)\nHINT: vecsteward searches shows them; vecsteward --dry-run has the statements that give "
                + "them their rows.\n"
        )
    }

    /// Says what the searches that were seen do otherwise than the configuration states.
    private func warnOfDifference(in place: CollectionSearch.Place) {
        guard case .create = request,
            let collection = place.snapshot.collections.first(where: { $0.name == place.collection }),
            let difference = collection.searchDifference
        else { return }
        FileDescriptor.complain("vecsteward: \(difference)\nHINT: vecsteward searches shows both.\n")
    }

    private func queue(
        _ jobs: [Job],
        in place: CollectionSearch.Place
    ) async throws(ProgramFailure) -> [RequestedJob] {
        // The session that runs the jobs, and the one that watches them, each need another connection.
        if isWaiting { place.assessor.connections.openAhead(2) }
        let answer = try await reaching(place) { (connection) throws(PostgresError) in
            switch try await StateSchema.prepare(on: &connection, createIfMissing: true) {
            case .ready: return try await JobQueue.request(jobs, on: &connection)
            case .readOnly(isStandby: true):
                throw PostgresError(
                    .connectionFailed,
                    "the server has become a standby",
                    hint: "Run the command on the primary."
                )
            case .readOnly(isStandby: false), .missing, .outdated:
                throw PostgresError(
                    .connectionFailed,
                    "transactions have become read-only here",
                    hint: "vecsteward --dry-run shows who set default_transaction_read_only, and how to reset it."
                )
            }
        }
        switch answer {
        case .success(let requested): return requested
        case .failure(let other):
            let record = other.record
            throw ProgramFailure(
                .workToDo,
                "job \(record.id) is in the way: "
                    + "it is \(record.isCancelRequested ? "being cancelled" : record.state.rawValue), "
                    + "and does other work: \(record.work)",
                hint: "Wait until it ends, or cancel it: vecsteward jobs cancel \(record.id)."
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
        case .found(let record): "job \(record.id) already does this, and is \(record.state.rawValue): \(record.work)"
        }
    }
}

extension ProgramFailure {
    /// Explains why the work in a database failed; silent if a signal cancelled it.
    init(_ error: PostgresError, in database: DatabaseConfiguration) {
        if Task.isCancelled {
            self = .silent(.interrupted)
            return
        }
        let advice = ConnectionAdvice(error)
        self.init(advice.status, "database \(Quoted.name(database.name)): \(advice.message)", hint: advice.hint)
    }
}
