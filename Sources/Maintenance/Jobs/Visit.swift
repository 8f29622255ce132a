public import Advisor
public import Postgres

/// One visit to one database: look, queue what the rules may do, and work the queue off.
///
/// Of several programs that visit a database at once only one acts. A visit that is cut off, by force or not, leaves
/// nothing undone that the next one does not find and finish.
public struct Visit: Sendable {
    private let target: ConnectionTarget
    private let assessor: Assessor
    private let connectTimeout: Duration
    private let statementTimeout: Duration

    /// How long done jobs and old builds are kept, in days.
    private static let historyDays = 30

    /// What happens during a visit.
    public enum Event: Sendable {
        /// Another program acts in this database, so this one does not.
        case isLeftToAnother
        /// The server cannot be written to, so nothing is done.
        case isReadOnly
        /// A job of a partitioned table, which is left to a person.
        case leavesPartitioned(Job)
        /// A job was queued.
        case queued(JobRecord)
        /// A job is begun, or gone on with.
        case begins(JobRecord)
        /// A job has come to an end, for now or for good.
        case ended(JobRecord, End)
    }

    /// How a job ended.
    public enum End: Sendable {
        /// It is done, after so many seconds.
        case done(seconds: Double)
        /// There was nothing to do any more, or a person cancelled it; why, in words.
        case calledOff(String)
        /// It is tried again after so many seconds; why, in words.
        case waits(seconds: Double, because: String)
        /// It failed for good.
        case failed(PostgresError)
    }

    /// Makes ready for a visit.
    ///
    /// - Parameters:
    ///   - target: Where to connect: a direct connection, or a pooler in session mode.
    ///   - assessor: What looks and plans.
    ///   - connectTimeout: How long connecting may take, for each host.
    ///   - statementTimeout: How long looking may take.
    public init(
        target: ConnectionTarget,
        assessor: Assessor,
        connectTimeout: Duration,
        statementTimeout: Duration
    ) {
        self.target = target
        self.assessor = assessor
        self.connectTimeout = connectTimeout
        self.statementTimeout = statementTimeout
    }

    /// Visits.
    ///
    /// - Parameter tell: Takes what happens, as it happens.
    /// - Returns: Whether the queue is empty in the end: nothing waits, and nothing has failed.
    /// - Throws: When the server cannot be reached or refuses the state schema, or the task is cancelled.
    public func workOff(tell: (Event) -> Void) async throws(PostgresError) -> Bool {
        var session = try await Connection.open(target, timeout: connectTimeout, applicationName: "vecsteward")
        guard try await Self.takeTheLead(&session) else {
            tell(.isLeftToAnother)
            return true
        }
        guard case .ready = try await StateSchema.prepare(on: &session, createIfMissing: true) else {
            tell(.isReadOnly)
            return true
        }
        let jobs = try await assessor.assess().plan.jobs.filter { $0.disposition == .act }
        for job in jobs where job.needsParent { tell(.leavesPartitioned(job)) }
        for record in try await JobQueue.enqueue(jobs.filter { !$0.needsParent }, on: &session) {
            tell(.queued(record))
        }
        var isEmpty = true
        var seen: Set<Int64> = []
        while let record = try await JobQueue.unfinished(on: &session).first(where: { seen.insert($0.id).inserted }) {
            tell(.begins(record))
            let end = try await carryOut(record, on: &session)
            tell(.ended(record, end))
            switch end {
            case .done, .calledOff: break
            case .waits, .failed: isEmpty = false
            }
        }
        _ = try await JobQueue.prune(keepingDays: Self.historyDays, on: &session)
        return isEmpty
    }

    /// Tries for the lock that decides who acts; it ends with the session.
    ///
    /// Only ever tried for: a session that waits for a lock has a snapshot, and a concurrent build would wait for it.
    private static func takeTheLead(_ session: inout Connection) async throws(PostgresError) -> Bool {
        try await session.query(LeadLock.trying).one()["leads", as: Bool.self]
    }

    private func carryOut(
        _ queued: JobRecord,
        on session: inout Connection
    ) async throws(PostgresError) -> End {
        let start = ContinuousClock.now
        let runner = JobRunner(target: target, connectTimeout: connectTimeout, statementTimeout: statementTimeout)
        var record = queued
        let outcome = try await runner.carryOut(queued) { (written) async throws(PostgresError) in
            guard try await JobQueue.record(written, on: &session) else {
                throw PostgresError(.cancelled, "job \(written.id) was ended by somebody else")
            }
            record = written
        }
        let seconds = start.duration(to: .now) / .seconds(1)
        switch outcome {
        case .done:
            try await recordBuild(of: record, seconds: seconds, on: &session)
            record.state = .done
            _ = try await JobQueue.record(record, on: &session)
            return .done(seconds: seconds)
        case .calledOff(let reason):
            record.state = .cancelled
            _ = try await JobQueue.record(record, on: &session)
            return .calledOff(reason)
        case .postponed(let reason):
            return try await put(off: record, PostgresError(.cancelled, reason), on: &session)
        case .failed(let error):
            return try await put(off: record, error, on: &session)
        }
    }

    private func put(
        off record: JobRecord,
        _ error: PostgresError,
        on session: inout Connection
    ) async throws(PostgresError) -> End {
        let pause = RetryPolicy.pause(after: error, attempts: record.attempts)
        _ = try await JobQueue.fail(record.id, error: error, retryAfter: pause, on: &session)
        return pause.map { .waits(seconds: $0 / .seconds(1), because: error.message) } ?? .failed(error)
    }

    /// Writes down what the new index was built on, before anything analyzes its table.
    private func recordBuild(
        of record: JobRecord,
        seconds: Double,
        on session: inout Connection
    ) async throws(PostgresError) {
        let job = record.job
        guard let definition = job.definition, let target = job.targets.first else { return }
        let name = JobNames(job).finished ?? JobNames(job).old ?? ""
        let statement = Statement(PackageResources.built_index_sql, [target.schema, name])
        guard let row = try await session.queue(statement).first else { return }
        try await JobQueue.recordBuild(
            BuildRecord(
                jobID: record.id,
                schema: target.schema,
                table: target.table,
                column: job.collection.column,
                index: name,
                identity: IndexIdentity(oid: try row.oid("oid"), relfilenode: try row.oid("relfilenode")),
                rows: try row["rows", as: Int64.self],
                source: .built,
                parameters: definition.parameters,
                sizeBytes: try row["size_bytes", as: Int64.self],
                seconds: seconds,
                predictedMemoryBytes: job.prediction?.memoryBytes,
                predictedDiskBytes: job.prediction?.diskBytes
            ),
            on: &session
        )
    }
}

extension Job {
    /// The index that it builds.
    var definition: IndexDefinition? {
        switch task {
        case .createIndex(let creation): creation.definition
        case .rebuildIndex(let rebuild): rebuild.definition
        case .dropIndex, .analyze: nil
        }
    }

    /// Whether its index belongs to one of a partitioned table, to which it would have to be attached.
    var needsParent: Bool {
        if case .createIndex(let creation) = task { creation.parent != nil } else { false }
    }
}
