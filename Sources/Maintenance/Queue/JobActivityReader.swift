public import Advisor
public import Postgres

/// Reads the activity of running jobs from another session: their progress, whom they wait for, who waits behind them.
public enum JobActivityReader {
    /// Reads the activity of any number of jobs in one round trip.
    ///
    /// - Parameters:
    ///   - jobs: The jobs; those that no session is running are left out.
    ///   - connection: Any connection to their database. Without `pg_read_all_stats` it sees only jobs of the same role.
    /// - Returns: The activity of each running job, in the order of the jobs.
    /// - Throws: When the server refuses or the connection is lost.
    public static func activities(
        of jobs: [JobRecord],
        on connection: inout Connection
    ) async throws(PostgresError) -> [JobActivity] {
        guard !jobs.isEmpty else { return [] }
        let results = try await connection.read(statements(jobs), in: ReadOnlyTransaction.momentary)
        return try activitySamples(of: jobs, in: results).map { $0.activity() }
    }

    /// The statements that read the activity of jobs.
    static func statements(_ jobs: [JobRecord]) -> [Statement] {
        let names = jobs.map { JobQueue.applicationName(of: $0.id) }
        return [
            statement(PackageResources.job_activity_sql, [names]),
            statement(PackageResources.job_blockers_sql, [names, LockingSession.command]),
            statement(PackageResources.job_queue_sql, [names, LockingSession.command]),
        ]
    }

    /// A statement over `job_session`, the rows of `job_sessions.sql`, which has `$1`.
    private static func statement(_ query: [UInt8], _ parameters: [any ParameterEncodable]) -> Statement {
        let sessions = String(decoding: PackageResources.job_sessions_sql, as: UTF8.self)
        let sql = "WITH job_session AS (\n\(sessions)\n)\n" + String(decoding: query, as: UTF8.self)
        return Statement(sql, parameters)
    }

    /// Reads the results of ``statements(_:)``.
    static func activitySamples(of jobs: [JobRecord], in results: [Rows]) throws(PostgresError) -> [ActivitySample] {
        var workers: [String: Row] = [:]
        for row in results[0] { workers[try row["application", as: String.self]] = row }
        let blockers = try sessions(results[1])
        let queues = try sessions(results[2])
        var activitySamples: [ActivitySample] = []
        for job in jobs {
            guard let row = workers[JobQueue.applicationName(of: job.id)] else { continue }
            var activitySample = try ActivitySample(of: job, row)
            activitySample.waitsFor = blockers[activitySample.processID] ?? []
            // A background job gives way to whoever waits behind it.
            if job.job.lane != .background { activitySample.queue = queues[activitySample.processID] ?? [] }
            activitySamples.append(activitySample)
        }
        return activitySamples
    }

    /// Sessions, by the process of the job that they block or wait behind.
    private static func sessions(_ rows: Rows) throws(PostgresError) -> [Int: [LockingSession]] {
        var sessions: [Int: [LockingSession]] = [:]
        for row in rows {
            sessions[try row["job_process_id", as: Int.self], default: []].append(try LockingSession(row))
        }
        return sessions
    }
}

/// One reading of the session of a running job.
struct ActivitySample {
    let job: JobRecord
    let processID: Int
    /// How long the statement has run, in seconds.
    let seconds: Double
    /// Whether it waits for the lock on a table or an index, which is the first thing that it does.
    var awaitsRelation = false
    /// The server's progress counters; `nil` if there are none.
    let sample: ProgressSample?
    /// The number of its running parallel workers.
    var workers = 0
    var waitsFor: [LockingSession] = []
    var queue: [LockingSession] = []

    init(job: JobRecord, processID: Int, seconds: Double, sample: ProgressSample?) {
        self.job = job
        self.processID = processID
        self.seconds = seconds
        self.sample = sample
    }

    fileprivate init(of job: JobRecord, _ row: Row) throws(PostgresError) {
        self.job = job
        processID = try row["process_id", as: Int.self]
        seconds = try row["seconds", as: Double.self]
        awaitsRelation = try row["awaits_relation", as: Bool?.self] ?? false
        workers = try row["workers", as: Int.self]
        guard let phase = try row["phase", as: String?.self] else {
            sample = nil
            return
        }
        sample = ProgressSample(
            phase: phase,
            blocks: .init(try row["blocks_done", as: Int64.self], of: try row["blocks_total", as: Int64.self]),
            tuples: .init(try row["tuples_done", as: Int64.self], of: try row["tuples_total", as: Int64.self]),
            seconds: seconds
        )
    }

    /// The progress of the job.
    ///
    /// - Parameters:
    ///   - earlier: The progress computed before.
    ///   - waited: The seconds for which the statement is known to have waited for others.
    /// - Returns: The progress; `nil` if the server counts nothing.
    func progress(after earlier: JobProgress? = nil, waited: Double = 0) -> JobProgress? {
        guard var sample, let method = job.job.definition?.method else { return nil }
        sample.seconds = max(0, sample.seconds - waited)
        return JobProgress(sample, method: method, parts: job.job.parts, after: earlier)
    }

    func activity() -> JobActivity {
        JobActivity(
            jobID: job.id,
            processID: processID,
            seconds: seconds,
            progress: progress(),
            waitsFor: waitsFor,
            queue: queue
        )
    }
}

extension LockingSession {
    /// The part of a statement that may be reported, as a regular expression for its upper case.
    ///
    /// It is the first word if that is one of PostgreSQL's commands; the rest is private.
    static let command =
        #"^\s*("#
        + "ALTER|ANALYZE|BEGIN|CALL|CLUSTER|COMMENT|COMMIT|COPY|CREATE|DELETE|DO|DROP|EXECUTE|FETCH|GRANT|"
        + "INSERT|LOCK|MERGE|REFRESH|REINDEX|RESET|REVOKE|ROLLBACK|SAVEPOINT|SELECT|SET|SHOW|START|"
        + "TRUNCATE|UPDATE|VACUUM|WITH"
        + #")\M"#

    /// A statement over `locking_session`, the rows of `locking_sessions.sql`, which has `$1`.
    static func statement(_ query: [UInt8], _ parameters: [any ParameterEncodable] = []) -> Statement {
        let sessions = String(decoding: PackageResources.locking_sessions_sql, as: UTF8.self)
        let sql = "WITH locking_session AS (\n\(sessions)\n)\n" + String(decoding: query, as: UTF8.self)
        return Statement(sql, [command] + parameters)
    }

    /// Reads a row about a session.
    init(_ row: Row) throws(PostgresError) {
        self.init(
            processID: try row["process_id", as: Int?.self],
            role: try row["role", as: String?.self],
            application: try row["application", as: String?.self],
            state: try row["state", as: String?.self],
            transactionAgeSeconds: try row["age_seconds", as: Double?.self],
            awaitedLock: try row["awaited_lock", as: String?.self],
            statement: try row["statement", as: String?.self]
        )
    }
}

extension ReadOnlyTransaction {
    /// For a reading of the current activity, which is repeated soon.
    static let momentary = ReadOnlyTransaction(statementTimeout: .seconds(5), isRepeatable: false)
}
