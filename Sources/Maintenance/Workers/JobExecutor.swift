public import Advisor
public import Postgres

/// Runs jobs of one database, whatever their kind, and records how they end.
///
/// Reading and recording use the same connections, one after the other; each job changes things in a session of its own.
public struct JobExecutor: Sendable {
    private let connections: ConnectionPool
    private let statementTimeout: Duration
    private let leaderProcessID: Int32?
    private let kinds: JobKinds
    private let policies: PolicyBook
    /// What a job may use.
    var limits = ResourceLimits()
    /// Whether to check the disks and shared memory of this host before a build, if the server runs on this host.
    var isHostKnown = true
    /// How long sessions that hold or await locks on the table may delay a step of the job.
    var queuePatience = Duration.seconds(60)
    /// How long a build waits for others before it lends its slot.
    var lendingPatience = Duration.seconds(60)

    /// An executor for one database.
    ///
    /// - Parameters:
    ///   - connections: Connections to the server itself, or to a pooler in session mode.
    ///   - statementTimeout: The longest time of a statement that only reads; those that change an index have no limit.
    ///   - leaderProcessID: The `pg_backend_pid()` of the backend that holds the leader lock, which is checked before each
    ///     step; `nil` for no check.
    ///   - kinds: The kinds of jobs that it can run.
    ///   - policies: The configuration of the collections, as far as jobs do not have it themselves.
    public init(
        _ connections: ConnectionPool,
        statementTimeout: Duration = .seconds(30),
        leaderProcessID: Int32? = nil,
        kinds: JobKinds = .standard,
        policies: PolicyBook = PolicyBook()
    ) {
        self.connections = connections
        self.statementTimeout = statementTimeout
        self.leaderProcessID = leaderProcessID
        self.kinds = kinds
        self.policies = policies
    }

    /// Runs a job of the queue, and records its end.
    ///
    /// - Parameters:
    ///   - queued: The job as the queue holds it.
    ///   - control: The control through which it can be cancelled meanwhile.
    ///   - onEvent: Receives events as they happen.
    /// - Returns: How it ended.
    /// - Throws: When the server is unreachable, this program is no longer the leader, or the task is cancelled. The job then
    ///   keeps its state, to be resumed.
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
            end.retryAfterSeconds = try await connections.use { (connection) async throws(PostgresError) in
                try await JobQueue.putOff(record.id, because: reason, on: &connection)
            }
        case .failed(let error):
            let error = error.withAdvice
            let pause = RetryPolicy.pause(after: error, attempts: record.attempts)
            try await fail(record, error, retryAfter: pause)
            end.outcome = .failed(error)
            end.retryAfterSeconds = pause.map { $0 / .seconds(1) }
        }
        return end
    }

    /// Cancels the running statement of a job and cleans up; the job goes back into the queue.
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

    /// Runs a job that is in no queue.
    ///
    /// When the task is cancelled, the server continues a statement that builds or drops; the next call for this job finds
    /// it and waits for its end.
    ///
    /// - Parameters:
    ///   - record: The job, with one target.
    ///   - control: The control through which it can be cancelled meanwhile.
    ///   - save: Saves the record; called before each step that changes anything.
    ///   - onEvent: Receives events as they happen.
    /// - Returns: How it ended.
    /// - Throws: When the server is unreachable, the leader lock is lost, or the task is cancelled. The job then keeps its
    ///   state.
    public func carryOut(
        _ record: JobRecord,
        control: JobControl = JobControl(),
        save: (JobRecord) async throws(PostgresError) -> Void,
        onEvent: (JobEvent) -> Void = { _ in }
    ) async throws(PostgresError) -> JobOutcome {
        var worker = try worker(for: record, control)
        return try await worker.carryOut(save: save, onEvent: onEvent)
    }

    /// Why a job that has not started is not to start yet; `nil` if it may.
    private func hindrance(to record: JobRecord) async throws(PostgresError) -> String? {
        guard !record.state.isBegun, let type = type(of: record.job.spec) as? any WorkingJobSpec.Type
        else { return nil }
        return try await connections.use { (connection) async throws(PostgresError) in
            try await type.hindrance(to: record, on: &connection)
        }
    }

    private func worker(for record: JobRecord, _ control: JobControl) throws(PostgresError) -> any JobWorker {
        guard let type = kinds[record.job.kind] as? any WorkingJobSpec.Type else {
            throw PostgresError(
                .unsupported,
                "this program cannot run jobs of the kind \(record.job.kind)",
                hint: "Use the version of vecsteward that queued job \(record.id), or a later one."
            )
        }
        return type.worker.init(
            record,
            in: JobContext(
                connections: connections,
                namedConnections: connections.named(after: record.id),
                statementTimeout: statementTimeout,
                limits: limits,
                control: control,
                leaderProcessID: leaderProcessID,
                isHostKnown: isHostKnown,
                queuePatience: queuePatience,
                lendingPatience: lendingPatience,
                policies: policies
            )
        )
    }

    /// Runs a job of the queue; if somebody else has ended the job, cleans up.
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
            // Nobody resumes it, so its leftovers are cleaned up here.
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
    /// The error, with advice if the server gives none.
    fileprivate var withAdvice: PostgresError {
        guard sqlState == .insufficientPrivilege, hint == nil else { return self }
        var error = self
        error.hint =
            "vecsteward grants --for maintain prints the GRANT; run it, then vecsteward jobs retry."
        return error
    }
}
