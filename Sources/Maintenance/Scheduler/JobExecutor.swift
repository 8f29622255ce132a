internal import Advisor
internal import Postgres

/// One turn of one job: carried out from wherever it is, with its end written down.
///
/// What is looked at and what is written down goes over the same connections, one after the other; what changes an index has
/// a session of its own.
struct JobExecutor: Sendable {
    let connections: ConnectionPool
    let statementTimeout: Duration
    /// The session that holds the lock under which this program acts.
    let leaderProcessID: Int32
    /// How long others may keep a step of the job from beginning, `nil` for as long as a runner gives them by itself.
    var queuePatience: Duration?

    /// Carries out a job.
    ///
    /// - Parameters:
    ///   - queued: The job as the queue has it.
    ///   - control: Through what its end can be asked for meanwhile.
    ///   - onEvent: Takes what happens meanwhile.
    /// - Returns: How it ended.
    /// - Throws: When the server cannot be reached, another program acts by now, or the task is cancelled. The job is
    ///   then where it was, to be gone on with.
    func take(
        _ queued: JobRecord,
        control: JobControl,
        onEvent: (Scheduler.Event) -> Void
    ) async throws(PostgresError) -> Scheduler.JobOutcome {
        let start = ContinuousClock.now
        var record = queued
        var measured: BuildMeasurement?
        let outcome = try await carryOut(&record, control: control) { news in
            // The end of the job says how long all of it took.
            guard case .built(let measurement) = news else { return onEvent(.news(queued, news)) }
            measured = measurement
        }
        let seconds = start.duration(to: .now) / .seconds(1)
        switch outcome {
        case .done:
            try await finish(record, seconds: seconds, measured)
            return .done(seconds: seconds)
        case .cancelled(let reason):
            record.state = .cancelled
            _ = try await save(record, because: reason)
            return .cancelled(reason)
        case .postponed(let reason):
            return try await put(off: record, PostgresError(.cancelled, reason), for: RetryPolicy.pauseForOthers)
        case .failed(let error):
            return try await put(
                off: record,
                error.withAdvice,
                for: RetryPolicy.pause(after: error, attempts: record.attempts)
            )
        }
    }

    /// Ends what is under way for a job and cleans up behind it; the job goes back into the queue.
    func putBack(_ begun: JobRecord) async throws(PostgresError) {
        let control = JobControl()
        control.cancel()
        var record = begun
        switch try await carryOut(&record, control: control, onEvent: { _ in }) {
        case .done: try await finish(record, seconds: nil, nil)
        case .cancelled, .postponed, .failed:
            record.state = .queued
            _ = try await save(record)
        }
    }

    private func carryOut(
        _ record: inout JobRecord,
        control: JobControl,
        onEvent: (JobEvent) -> Void
    ) async throws(PostgresError) -> JobRunner.Outcome {
        var runner = JobRunner(connections, statementTimeout: statementTimeout, leaderProcessID: leaderProcessID)
        if let queuePatience { runner.queuePatience = queuePatience }
        var latest = record
        var isEnded = false
        defer { record = latest }
        do throws(PostgresError) {
            return try await runner.carryOut(
                record,
                control: control,
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
            // Nobody goes on with it, so what it has begun is cleaned up here.
            let end = JobControl()
            end.cancel()
            _ = try await runner.carryOut(latest, control: end, save: { _ in })
            return .cancelled(error.message)
        }
    }

    private func finish(
        _ record: JobRecord,
        seconds: Double?,
        _ measured: BuildMeasurement?
    ) async throws(PostgresError) {
        try await connections.use { (connection) async throws(PostgresError) in
            let build = try await build(of: record, seconds: seconds, measured, on: &connection)
            try await JobQueue.finish(record, build, on: &connection)
        }
    }

    private func save(_ record: JobRecord, because reason: String? = nil) async throws(PostgresError) -> Bool {
        try await connections.use { (connection) async throws(PostgresError) in
            try await JobQueue.record(record, because: reason, on: &connection)
        }
    }

    private func put(
        off record: JobRecord,
        _ error: PostgresError,
        for pause: Duration?
    ) async throws(PostgresError) -> Scheduler.JobOutcome {
        _ = try await connections.use { (connection) async throws(PostgresError) in
            try await JobQueue.fail(record.id, error: error, retryAfter: pause, on: &connection)
        }
        return pause.map { .waits(seconds: $0 / .seconds(1), because: error) } ?? .failed(error)
    }

    /// What the new index was built on, before anything analyzes its table.
    private func build(
        of record: JobRecord,
        seconds: Double?,
        _ measured: BuildMeasurement?,
        on connection: inout Connection
    ) async throws(PostgresError) -> BuildHistoryRow? {
        let job = record.job
        guard let definition = job.definition, let target = job.targets.first else { return nil }
        let name = JobNames(job).finished ?? JobNames(job).old ?? ""
        let statement = Statement(PackageResources.built_index_sql, [target.schema, name, job.collection.column])
        guard let row = try await connection.queue(statement).first else { return nil }
        return BuildHistoryRow(
            jobID: record.id,
            schema: target.schema,
            table: target.table,
            column: job.collection.column,
            index: name,
            identity: IndexIdentity(oid: try row.oid("oid"), relfilenode: try row.oid("relfilenode")),
            rows: try row["rows", as: Int64.self],
            // Of a partial index the rows of the table are nothing to compare with.
            tableRows: definition.distanceMetric == .cosineDistance && definition.predicate == nil
                ? try row["table_rows", as: Int64.self] : nil,
            source: .built,
            parameters: definition.parameters,
            sizeBytes: try row["size_bytes", as: Int64.self],
            seconds: seconds,
            predictedMemoryBytes: job.prediction?.memoryBytes,
            predictedDiskBytes: job.prediction?.diskBytes,
            predictedSeconds: job.prediction?.seconds,
            measurement: measured
        )
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
