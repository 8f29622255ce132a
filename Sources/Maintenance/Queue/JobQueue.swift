public import Advisor
public import Postgres

/// The queue of jobs, in the schema `vecsteward` of the database that they work on; its times are the server's.
///
/// All of it requires the schema that ``StateSchema/prepare(on:createIfMissing:patience:)`` prepares.
public enum JobQueue {
    /// Queues any number of jobs in one round trip.
    ///
    /// A job with several targets becomes one record for each. Work that is queued already is skipped, and so is work that
    /// has failed for good on the same build of the same index: that waits for a person. Work that a rule asks for again
    /// although it was done and nothing has changed waits too (``PastRemedy``).
    ///
    /// - Parameters:
    ///   - jobs: The jobs in the order in which they are to run.
    ///   - kinds: The kinds to read; jobs of other kinds are ignored.
    ///   - connection: An open connection.
    /// - Returns: The newly queued jobs.
    /// - Throws: `.server` if the queue cannot hold a job; then none is queued.
    public static func enqueue(
        _ jobs: [Job],
        kinds: JobKinds = .standard,
        on connection: inout Connection
    ) async throws(PostgresError) -> [JobRecord] {
        guard !jobs.isEmpty else { return [] }
        let past = PastRemedies(try await remedies(on: &connection))
        var statements = [Statement(PackageResources.job_lock_sql)]
        var enqueued: [Int] = []
        for single in jobs.flatMap(\.singles) {
            let remedy = single.origin == .rule ? past.remedy(for: single) : nil
            if let remedy, remedy.holds(single.reasons.map(\.rule)) { continue }
            let repeats = remedy.map { $0.isFutile ? $0.repeats + 1 : 0 } ?? 0
            enqueued.append(statements.count)
            let columns = single.columns(at: single.targets[0], repeats: repeats)
            statements.append(Statement(PackageResources.job_enqueue_sql, columns))
            if let own = (single.spec as? any StoredJobSpec)?.insertion(of: single) { statements.append(own) }
        }
        guard !enqueued.isEmpty else { return [] }
        let results = try await connection.queue(statements)
        var ids: [Int64] = []
        for position in enqueued {
            for row in results[position] { ids.append(try row["id", as: Int64.self]) }
        }
        guard !ids.isEmpty else { return [] }
        return try await read(kinds.statement(PackageResources.job_read_sql, [ids]), kinds, on: &connection).values
    }

    /// The jobs that are neither done nor failed nor cancelled, in the order in which they are to run.
    ///
    /// - Parameters:
    ///   - isIncludingPostponed: Whether to include those that are retried later.
    ///   - kinds: The kinds to read; jobs of other kinds are ignored.
    ///   - connection: An open connection.
    /// - Returns: The jobs.
    /// - Throws: When the server refuses or the connection is lost.
    public static func unfinished(
        includingPostponed isIncludingPostponed: Bool = false,
        kinds: JobKinds = .standard,
        on connection: inout Connection
    ) async throws(PostgresError) -> [JobRecord] {
        let statement = kinds.statement(PackageResources.job_unfinished_sql, [isIncludingPostponed])
        return try await read(statement, kinds, on: &connection).values
    }

    /// The jobs that may start now, in the order in which they are to start.
    ///
    /// Started jobs come first, then those that have waited for six hours, in the order in which they were queued; then
    /// those that people asked for, and then the others by ``Job/Priority``. So no job waits for ever, whatever else is
    /// queued.
    ///
    /// - Parameters:
    ///   - busy: The numbers of running jobs; others on their tables are left out.
    ///   - passed: The numbers of jobs to leave out.
    ///   - isWindowOpen: Whether jobs that rules ask for may start. Started jobs are resumed at any time.
    ///   - lanes: The lanes to read.
    ///   - limit: The most jobs of each lane, so that none hides another.
    ///   - kinds: The kinds to read; jobs of other kinds are ignored.
    ///   - connection: An open connection.
    /// - Returns: The jobs.
    /// - Throws: When the server refuses or the connection is lost.
    public static func due(
        besides busy: [Int64] = [],
        passingOver passed: [Int64] = [],
        isWindowOpen: Bool = true,
        lanes: [JobLane] = JobLane.allCases,
        limit: Int,
        kinds: JobKinds = .standard,
        on connection: inout Connection
    ) async throws(PostgresError) -> [JobRecord] {
        var passed = passed
        while true {
            let statement = kinds.statement(
                PackageResources.job_due_sql,
                [busy, passed, isWindowOpen, lanes.map(\.rawValue), limit]
            )
            let (records, unreadable) = try await read(statement, kinds, on: &connection)
            // An unreadable row must not take the place of a job.
            if unreadable.isEmpty { return records }
            passed += unreadable.map(\.id)
        }
    }

    /// How many jobs could start if a window were open.
    static func waitingForWindow(on connection: inout Connection) async throws(PostgresError) -> Int {
        try await connection.queue(Statement(PackageResources.job_waiting_for_window_sql)).one()["jobs", as: Int.self]
    }

    /// The jobs among these that a person has cancelled.
    static func cancelled(
        among jobs: [Int64],
        on connection: inout Connection
    ) async throws(PostgresError) -> Set<Int64> {
        var cancelled: Set<Int64> = []
        for row in try await connection.queue(Statement(PackageResources.job_cancelled_sql, [jobs])) {
            cancelled.insert(try row["id", as: Int64.self])
        }
        return cancelled
    }

    /// The jobs in the order for people: the unfinished first, then the others, the latest first.
    ///
    /// - Parameters:
    ///   - id: The number of the only job to read; `nil` for all.
    ///   - limit: How many at most.
    ///   - kinds: The kinds to read; jobs of other kinds are ignored.
    ///   - connection: An open connection.
    /// - Returns: The jobs, and the unreadable ones, of which only the number is known.
    /// - Throws: When the server refuses or the connection is lost.
    public static func list(
        id: Int64? = nil,
        limit: Int,
        kinds: JobKinds = .standard,
        on connection: inout Connection
    ) async throws(PostgresError) -> (jobs: [QueueEntry], unreadable: [UnreadableRow]) {
        let rows = try await connection.queue(kinds.statement(PackageResources.job_list_sql, [id, limit]))
        let (jobs, unreadable) = try rows.readable(of: .job) { (row) throws(PostgresError) in
            try QueueEntry(row, kinds: kinds)
        }
        return (jobs, unreadable)
    }

    /// The job with this number.
    ///
    /// - Parameters:
    ///   - id: Its number.
    ///   - kinds: The kinds to read; jobs of other kinds are ignored.
    ///   - connection: An open connection.
    /// - Returns: `nil` if there is none.
    /// - Throws: When the server refuses or the connection is lost.
    public static func job(
        id: Int64,
        kinds: JobKinds = .standard,
        on connection: inout Connection
    ) async throws(PostgresError) -> QueueEntry? {
        try await list(id: id, limit: 1, kinds: kinds, on: &connection).jobs.first
    }

    /// The raw columns of a job, even if the job is unreadable.
    ///
    /// - Parameters:
    ///   - id: Its number.
    ///   - kinds: The kinds to read; jobs of other kinds are ignored.
    ///   - connection: An open connection.
    /// - Returns: Names and values in their order; none if there is no such job.
    /// - Throws: When the server refuses or the connection is lost.
    public static func columns(
        id: Int64,
        kinds: JobKinds = .standard,
        on connection: inout Connection
    ) async throws(PostgresError) -> [(name: String, value: String?)] {
        var columns: [(name: String, value: String?)] = []
        for column in try await connection.queue(kinds.statement(PackageResources.job_columns_sql, [id])) {
            columns.append((try column["name", as: String.self], try column["value", as: String?.self]))
        }
        return columns
    }

    /// Removes an unreadable job, whatever its contents.
    ///
    /// - Parameters:
    ///   - id: Its number.
    ///   - connection: An open connection.
    /// - Returns: False if there is none.
    /// - Throws: When the server refuses or the connection is lost.
    public static func remove(id: Int64, on connection: inout Connection) async throws(PostgresError) -> Bool {
        try await connection.queue(Statement(PackageResources.job_remove_sql, [id])).affectedRows > 0
    }

    /// The jobs that a statement selects, and the rows that are unreadable.
    static func read(
        _ statement: Statement,
        _ kinds: JobKinds,
        on connection: inout Connection
    ) async throws(PostgresError) -> (values: [JobRecord], unreadable: [UnreadableRow]) {
        try await connection.queue(statement)
            .readable(of: .job) { (row) throws(PostgresError) in try JobRecord(row, kinds: kinds) }
    }

    /// Wakes the leader in this database, because there is a job to start or to cancel.
    static func notify(on connection: inout Connection) async throws(PostgresError) {
        _ = try await connection.queue(Statement(PackageResources.job_notify_sql))
    }
}
