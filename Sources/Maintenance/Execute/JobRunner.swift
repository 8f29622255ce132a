public import Advisor
public import Postgres
internal import Synchronization

/// Carries out one job, step by step, from wherever it is.
///
/// Before each step it looks at the catalog, and it writes down what it is about to do before it does it. So it can be
/// stopped at any moment, also by force, and be begun again.
public struct JobRunner: Sendable {
    private let target: ConnectionTarget
    private let connectTimeout: Duration
    private let transaction: ReadOnlyTransaction

    /// How a job ended, for now or for good.
    public enum Outcome: Sendable {
        /// All of it is done.
        case done
        /// There was no longer anything to do, or a person cancelled it; why, in words.
        case calledOff(String)
        /// It cannot be done now; why, in words.
        case postponed(String)
        /// It failed, and what it had begun is cleaned up.
        case failed(PostgresError)
    }

    /// Makes ready to carry out jobs of one database.
    ///
    /// - Parameters:
    ///   - target: Where to connect: a direct connection, or a pooler in session mode.
    ///   - connectTimeout: How long connecting may take, for each host.
    ///   - statementTimeout: How long looking may take; what changes an index has no such limit.
    public init(
        target: ConnectionTarget,
        connectTimeout: Duration = .seconds(5),
        statementTimeout: Duration = .seconds(30),
        leadProcessID: Int32? = nil
    ) {
        self.target = target
        self.connectTimeout = connectTimeout
        transaction = ReadOnlyTransaction(statementTimeout: statementTimeout)
    }

    /// Carries out a job.
    ///
    /// When the task is cancelled, a statement that builds or drops is left to the server, which goes on with it; the
    /// next call for this job finds it and waits for its end.
    ///
    /// - Parameters:
    ///   - record: The job, with one target.
    ///   - save: Writes the record down; it is called before each step that changes anything.
    /// - Returns: How it ended.
    /// - Throws: When the server cannot be reached, or the task is cancelled. The job is then where it was.
    public func carryOut(
        _ record: JobRecord,
        control: JobControl = JobControl(),
        save: (JobRecord) async throws(PostgresError) -> Void,
        tell: (JobNews) -> Void = { _ in }
    ) async throws(PostgresError) -> Outcome {
        guard let place = record.job.targets.first, record.job.targets.count == 1 else {
            throw PostgresError(.invalidStatement, "job \(record.id) is not about one table")
        }
        var record = record
        var failure: PostgresError?
        while true {
            let site = try await look(for: record)
            switch record.nextStep(at: site) {
            case .await: try await pause()
            case .build:
                // What had failed is cleaned up by now; whether to begin again is for the scheduler to say.
                if let failure { return .failed(failure) }
                record.state = .running
                record.attempts += 1
                try await save(record)
                let statements = JobStatements.settings(record.job) + JobStatements.building(record.job, place)
                failure = try await unattended(statements, for: record)
                if failure == nil, record.job.task == .analyze { record.state = .proving }
            case .dropLeftover:
                guard let name = JobNames(record.job).building else { return .done }
                if let error = try await drop(name, at: place, for: record) { return .failed(failure ?? error) }
            case .proveAndSwap:
                record.newIndex = site.building?.identity
                record.state = .swapping
                try await save(record)
                if let error = try await swap(record, at: place) { return .failed(error) }
            case .dropOld(let name):
                record.state = .cleaning
                try await save(record)
                if let error = try await drop(name, at: place, for: record) { return .failed(error) }
            case .finish: return .done
            case .callOff(let reason): return failure.map { .failed($0) } ?? .calledOff(reason)
            case .postpone(let reason): return .postponed(reason)
            }
        }
    }

    private func look(for record: JobRecord) async throws(PostgresError) -> WorkSite {
        var connection = try await Connection.open(target, timeout: connectTimeout, applicationName: "vecsteward")
        return try await WorkSiteQuery(record: record, transaction: transaction).look(on: &connection)
    }

    private func pause() async throws(PostgresError) {
        do {
            try await Task.sleep(for: .milliseconds(500))
        } catch {
            throw PostgresError(.cancelled, "cancelled while waiting for another session")
        }
    }

    private func drop(
        _ index: String,
        at place: Job.Target,
        for record: JobRecord
    ) async throws(PostgresError) -> PostgresError? {
        try await unattended(
            ["SET statement_timeout = 0", "SET lock_timeout = 0", JobStatements.dropping(index, place)],
            for: record
        )
    }

    /// Renames in one transaction, which waits for no lock longer than a writer behind it can bear.
    private func swap(_ record: JobRecord, at place: Job.Target) async throws(PostgresError) -> PostgresError? {
        let renames = JobStatements.swapping(record.job, place).map { Statement($0) }
        var connection = try await open(for: record)
        for attempt in 1... {
            do throws(PostgresError) {
                _ = try await connection.pipeline(["BEGIN", "SET LOCAL lock_timeout = '1s'"] + renames + ["COMMIT"])
                return nil
            } catch {
                guard error.code == .server else { throw error }
                guard error.sqlState == .lockNotAvailable, attempt < 60 else { return error }
                try await pause()
            }
        }
        return nil
    }

    private func open(for record: JobRecord) async throws(PostgresError) -> Connection {
        try await Connection.open(
            target,
            timeout: connectTimeout,
            applicationName: WorkSiteQuery.applicationName(of: record.id)
        )
    }

    /// Runs statements on a connection of their own, which no cancellation of this task reaches.
    ///
    /// - Returns: What went wrong once they were under way, `nil` when all went well.
    private func unattended(
        _ statements: [String],
        for record: JobRecord
    ) async throws(PostgresError) -> PostgresError? {
        let work = Unattended { [self] () async throws(PostgresError) in
            var connection = try await open(for: record)
            for statement in statements { _ = try await connection.query(Statement(statement)) }
        }
        switch await work.result() {
        case .success?: return nil
        // Where the connection is lost the server may still be at work; the next look tells.
        case .failure(let error)? where error.code == .server || error.code == .connectionLost: return error
        case .failure(let error)?: throw error
        case nil: throw PostgresError(.cancelled, "stopped; the server goes on with what it was asked for")
        }
    }
}

/// Work that goes on when whoever waits for it is cancelled.
private final class Unattended: Sendable {
    typealias Outcome = Result<Void, PostgresError>

    private struct State {
        var outcome: Outcome?
        var isAbandoned = false
        var waiter: CheckedContinuation<Outcome?, Never>?
    }

    private let state = Mutex(State())

    init(_ work: @escaping @Sendable () async throws(PostgresError) -> Void) {
        Task.detached { [self] in
            let outcome: Outcome
            do throws(PostgresError) {
                outcome = .success(try await work())
            } catch {
                outcome = .failure(error)
            }
            resume { $0.outcome = outcome }
        }
    }

    /// How the work ended, `nil` when the waiting task was cancelled first.
    func result() async -> Outcome? {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                resume { $0.waiter = continuation }
            }
        } onCancel: {
            resume { $0.isAbandoned = true }
        }
    }

    private func resume(_ change: (inout sending State) -> Void) {
        let (waiter, outcome) = state.withLock { state -> (CheckedContinuation<Outcome?, Never>?, Outcome?) in
            change(&state)
            guard state.outcome != nil || state.isAbandoned else { return (nil, nil) }
            defer { state.waiter = nil }
            return (state.waiter, state.outcome)
        }
        waiter?.resume(returning: outcome)
    }
}
