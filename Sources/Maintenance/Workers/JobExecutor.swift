public import Advisor
public import Postgres

/// Carries out jobs of one database, whatever their kind, and writes down how they end.
///
/// What is read and what is written down goes over the same connections, one after the other; what changes something has a
/// session of its own.
public struct JobExecutor: Sendable {
    private let connections: ConnectionPool
    private let statementTimeout: Duration
    private let leaderProcessID: Int32?
    private let kinds: JobKinds
    /// Whether disks and shared memory of this host are looked at before a build, where the server is here.
    var isHostKnown = true
    /// How long sessions that have the table, or wait for it, may keep a step of the job from beginning.
    var queuePatience = Duration.seconds(60)
    /// How long a build may wait for others before others may build meanwhile.
    var lendingPatience = Duration.seconds(60)

    /// Makes ready to carry out jobs of one database.
    ///
    /// - Parameters:
    ///   - connections: Where to: to the server itself, or to a pooler in session mode.
    ///   - statementTimeout: How long reading may take; what changes an index has no such limit.
    ///   - leaderProcessID: The backend, as `pg_backend_pid()` has it, that holds the leader lock. Before each step it is made sure
    ///     that it still does; `nil` leaves that out.
    ///   - kinds: The kinds of jobs that it can carry out.
    public init(
        _ connections: ConnectionPool,
        statementTimeout: Duration = .seconds(30),
        leaderProcessID: Int32? = nil,
        kinds: JobKinds = .standard
    ) {
        self.connections = connections
        self.statementTimeout = statementTimeout
        self.leaderProcessID = leaderProcessID
        self.kinds = kinds
    }

    /// Carries out a job of the queue, and writes down its end.
    ///
    /// - Parameters:
    ///   - queued: The job as the queue has it.
    ///   - control: Through what its end can be asked for meanwhile.
    ///   - onEvent: Takes what happens meanwhile.
    /// - Returns: How it ended.
    /// - Throws: When the server cannot be reached, another program leads by now, or the task is cancelled. The job is
    ///   then where it was, to be resumed.
    func run(
        _ queued: JobRecord,
        control: JobControl,
        onEvent: (JobEvent) -> Void
    ) async throws(PostgresError) -> JobEnd {
        let start = ContinuousClock.now
        var (worker, record) = (try worker(for: queued, control), queued)
        let outcome: JobOutcome
        if let reason = try await hindrance(to: queued), !control.isCancelled, !queued.isCancelRequested {
            outcome = .postponed(reason)
        } else {
            outcome = try await carryOut(&worker, &record, control, onEvent)
        }
        let seconds = start.duration(to: .now) / .seconds(1)
        var end = JobEnd(outcome, seconds: seconds)
        switch outcome {
        case .done: try await finish(record, worker, after: seconds)
        case .cancelled(let reason):
            record.state = .cancelled
            _ = try await save(record, because: reason)
        case .yielded:
            record.state = .queued
            _ = try await save(record)
        case .postponed(let reason):
            let pause = RetryPolicy.pauseForOthers
            try await fail(record, PostgresError(.cancelled, reason), retryAfter: pause)
            end.retryAfterSeconds = pause / .seconds(1)
        case .failed(let error):
            let error = error.withAdvice
            let pause = RetryPolicy.pause(after: error, attempts: record.attempts)
            try await fail(record, error, retryAfter: pause)
            end.outcome = .failed(error)
            end.retryAfterSeconds = pause.map { $0 / .seconds(1) }
        }
        return end
    }

    /// Ends what is under way for a job and cleans up behind it; the job goes back into the queue.
    func putBack(_ begun: JobRecord) async throws(PostgresError) {
        let control = JobControl()
        control.cancel()
        var (worker, record) = (try worker(for: begun, control), begun)
        switch try await carryOut(&worker, &record, control, { _ in }) {
        case .done: try await finish(record, worker, after: nil)
        case .cancelled, .postponed, .yielded, .failed:
            record.state = .queued
            _ = try await save(record)
        }
    }

    /// Carries out a job that is in no queue.
    ///
    /// When the task is cancelled, a statement that builds or drops is left to the server, which goes on with it; the
    /// next call for this job finds it and waits for its end.
    ///
    /// - Parameters:
    ///   - record: The job, with one target.
    ///   - control: By which its end can be asked for while it is carried out.
    ///   - save: Writes the record down; it is called before each step that changes anything.
    ///   - onEvent: Takes what happens, as it happens.
    /// - Returns: How it ended.
    /// - Throws: When the server cannot be reached, the lead is lost, or the task is cancelled. The job is then where it
    ///   was.
    public func carryOut(
        _ record: JobRecord,
        control: JobControl = JobControl(),
        save: (JobRecord) async throws(PostgresError) -> Void,
        onEvent: (JobEvent) -> Void = { _ in }
    ) async throws(PostgresError) -> JobOutcome {
        var worker = try worker(for: record, control)
        return try await worker.carryOut(save: save, onEvent: onEvent)
    }

    /// Why a job that nobody has begun is not to begin yet.
    private func hindrance(to record: JobRecord) async throws(PostgresError) -> String? {
        guard !record.state.isAtWork, let type = type(of: record.job.spec) as? any WorkingJobSpec.Type
        else { return nil }
        return try await connections.use { (connection) async throws(PostgresError) in
            try await type.hindrance(to: record, on: &connection)
        }
    }

    private func worker(for record: JobRecord, _ control: JobControl) throws(PostgresError) -> any JobWorker {
        guard let type = kinds[record.job.kind] as? any WorkingJobSpec.Type else {
            throw PostgresError(
                .unsupported,
                "this program cannot carry out jobs of the kind \(record.job.kind)",
                hint: "Use the version of vecsteward that queued job \(record.id), or a later one."
            )
        }
        return type.worker.init(
            record,
            in: JobContext(
                connections: connections,
                statementTimeout: statementTimeout,
                control: control,
                leaderProcessID: leaderProcessID,
                isHostKnown: isHostKnown,
                queuePatience: queuePatience,
                lendingPatience: lendingPatience
            )
        )
    }

    /// Carries out a job of the queue; a job that somebody else has ended is cleaned up behind.
    private func carryOut(
        _ worker: inout any JobWorker,
        _ record: inout JobRecord,
        _ control: JobControl,
        _ onEvent: (JobEvent) -> Void
    ) async throws(PostgresError) -> JobOutcome {
        var latest = record
        var isEnded = false
        defer { record = latest }
        do throws(PostgresError) {
            return try await worker.carryOut(
                save: { (written) async throws(PostgresError) in
                    guard try await save(written) else {
                        isEnded = true
                        throw PostgresError(.cancelled, "somebody else has ended it")
                    }
                    latest = written
                },
                onEvent: onEvent
            )
        } catch {
            guard isEnded else { throw error }
            // Nobody resumes it, so what it has begun is cleaned up here.
            let end = JobControl()
            end.cancel()
            _ = try await carryOut(latest, control: end, save: { _ in })
            return .cancelled(error.message)
        }
    }

    private func finish(
        _ record: JobRecord,
        _ worker: any JobWorker,
        after seconds: Double?
    ) async throws(PostgresError) {
        try await connections.use { (connection) async throws(PostgresError) in
            let results = try await worker.results(after: seconds, on: &connection)
            try await JobQueue.finish(record, recording: results, on: &connection)
        }
    }

    private func save(_ record: JobRecord, because reason: String? = nil) async throws(PostgresError) -> Bool {
        try await connections.use { (connection) async throws(PostgresError) in
            try await JobQueue.record(record, because: reason, on: &connection)
        }
    }

    private func fail(
        _ record: JobRecord,
        _ error: PostgresError,
        retryAfter pause: Duration?
    ) async throws(PostgresError) {
        _ = try await connections.use { (connection) async throws(PostgresError) in
            try await JobQueue.fail(record.id, error: error, retryAfter: pause, on: &connection)
        }
    }
}

extension PostgresError {
    /// The error, with what a person can do about it where the server does not say.
    fileprivate var withAdvice: PostgresError {
        guard sqlState == .insufficientPrivilege, hint == nil else { return self }
        var error = self
        error.hint =
            "vecsteward grants --for maintain prints the GRANT; after that vecsteward jobs retry begins anew."
        return error
    }
}
