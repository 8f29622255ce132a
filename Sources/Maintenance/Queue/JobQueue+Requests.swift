public import Advisor
public import Postgres

/// The result of a person's request for a job.
public enum RequestedJob: Sendable {
    /// The job was queued.
    case queued(JobRecord)
    /// A job that does the same existed already.
    case found(JobRecord)

    /// The queued or existing job.
    public var record: JobRecord {
        switch self {
        case .queued(let record), .found(let record): record
        }
    }
}

/// The error for a request that conflicts with an existing job, which does other work on the same table or index.
public struct OccupiedByJob: Error, Sendable, Equatable {
    /// The existing job.
    public let record: JobRecord
}

extension JobQueue {
    /// Queues jobs that a person asks for, or finds existing ones that do the same.
    ///
    /// A person's request comes first: it dismisses a failed job, starts a job that waits for another try at once, and
    /// supersedes a job that a rule has queued and that has not started.
    ///
    /// - Parameters:
    ///   - jobs: The jobs.
    ///   - kinds: The kinds to read; jobs of other kinds are ignored.
    ///   - connection: An open connection.
    /// - Returns: One for each table of each job; or the first job that blocks the request, and then none is queued.
    /// - Throws: `.server` if the queue cannot hold a job.
    public static func request(
        _ jobs: [Job],
        kinds: JobKinds = .standard,
        on connection: inout Connection
    ) async throws(PostgresError) -> Result<[RequestedJob], OccupiedByJob> {
        let singles = jobs.flatMap(\.singles)
        for job in singles {
            if let other = try await same(as: job, kinds, on: &connection).first(where: { isInTheWay($0, of: job) }) {
                return .failure(OccupiedByJob(record: other))
            }
        }
        var requested: [RequestedJob] = []
        for job in singles {
            switch try await request(job, kinds, on: &connection) {
            case .success(let one): requested.append(one)
            case .failure(let other): return .failure(other)
            }
        }
        try await notify(on: &connection)
        return .success(requested)
    }

    /// Whether there is a leader in this database, which starts queued jobs within seconds.
    ///
    /// - Parameter connection: An open connection.
    /// - Returns: Whether there is one.
    /// - Throws: When the server refuses or the connection is lost.
    public static func hasLeader(on connection: inout Connection) async throws(PostgresError) -> Bool {
        try await LeaderLock.isTaken(&connection)
    }

    private static func request(
        _ job: Job,
        _ kinds: JobKinds,
        on connection: inout Connection
    ) async throws(PostgresError) -> Result<RequestedJob, OccupiedByJob> {
        // Others queue too, so a blocking job may appear and disappear.
        var latest: JobRecord?
        for _ in 1...3 {
            for other in try await same(as: job, kinds, on: &connection) {
                latest = other
                if other.state == .failed {
                    try await requestCancel(id: other.id, on: &connection)
                } else if isInTheWay(other, of: job) {
                    return .failure(OccupiedByJob(record: other))
                } else if other.job.definition == job.definition {
                    _ = try await connection.queue(Statement(PackageResources.job_hurry_sql, [other.id]))
                    return .success(.found(other))
                } else {
                    _ = try await connection.queue(Statement(PackageResources.job_supersede_sql, [other.id]))
                }
            }
            if let record = try await enqueue([job], kinds: kinds, on: &connection).first {
                return .success(.queued(record))
            }
        }
        guard let latest else {
            throw PostgresError(.timedOut, "other sessions keep changing the queue", hint: "Try again in a moment.")
        }
        return .failure(OccupiedByJob(record: latest))
    }

    private static func isInTheWay(_ other: JobRecord, of job: Job) -> Bool {
        if other.state == .failed { return false }
        if other.isCancelRequested { return true }
        let isBegun = other.state != .queued && other.state != .waiting
        return other.job.definition != job.definition && (isBegun || other.job.origin == .person)
    }

    private static func same(
        as job: Job,
        _ kinds: JobKinds,
        on connection: inout Connection
    ) async throws(PostgresError) -> [JobRecord] {
        guard let target = job.targets.first else { return [] }
        let statement = kinds.statement(
            PackageResources.job_same_sql,
            [target.schema, target.table, job.kind, job.subject]
        )
        let (records, unreadable) = try await read(statement, kinds, on: &connection)
        // The queue holds one job for each work, so an unreadable one blocks any other.
        if let row = unreadable.first { throw PostgresError(.invalidTarget, row.words, hint: row.hint) }
        return records
    }
}
