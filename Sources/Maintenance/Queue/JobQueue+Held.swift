public import Advisor
public import Postgres

extension JobQueue {
    /// A job, and a session that holds or awaits a lock on its table, for which it does not start.
    typealias HeldJob = (job: Int64, holder: LockingSession)

    /// The jobs on whose tables other sessions hold or await locks.
    struct HeldJobs {
        /// Jobs that do not start, each once for each foreign session on its table.
        private(set) var byStrangers: [HeldJob] = []
        /// Jobs on whose table a background job holds or awaits a lock; `isInTheWay` if readers do not hold such a lock.
        private var besideBackground: [(job: Int64, background: Int64, isInTheWay: Bool)] = []

        /// Whether a job would have to wait for one of these background jobs.
        func waits(_ record: JobRecord, forAnyOf background: [Int64]) -> Bool {
            besideBackground.contains { beside in
                beside.job == record.id && background.contains(beside.background)
                    && (beside.isInTheWay || record.job.waitsForReaders)
            }
        }

        fileprivate init(_ rows: Rows) throws(PostgresError) {
            for row in rows {
                let job = try row["job_id", as: Int64.self]
                if let background = try row["background_job_id", as: Int64?.self] {
                    besideBackground.append((job, background, try row["is_in_the_way", as: Bool.self]))
                } else {
                    byStrangers.append((job, try LockingSession(row)))
                }
            }
        }
    }

    /// Reads which jobs would have to wait for other sessions.
    static func held(on connection: inout Connection) async throws(PostgresError) -> HeldJobs {
        try HeldJobs(try await connection.queue(heldStatement))
    }

    /// Adds to jobs that have not started the session that keeps their table.
    ///
    /// - Parameters:
    ///   - entries: The jobs; others are left as they are.
    ///   - connection: An open connection.
    /// - Throws: When the server refuses or the connection is lost.
    public static func addHolders(
        to entries: inout [QueueEntry],
        on connection: inout Connection
    ) async throws(PostgresError) {
        guard entries.contains(where: \.canBeHeld) else { return }
        let rows = try await connection.read([heldStatement], in: ReadOnlyTransaction.momentary)[0]
        let held = Dictionary(try HeldJobs(rows).byStrangers.map { ($0.job, $0.holder) }) { first, _ in first }
        for position in entries.indices where entries[position].canBeHeld {
            entries[position].heldBy = held[entries[position].record.id]
        }
    }

    private static var heldStatement: Statement { LockingSession.statement(PackageResources.held_tables_sql) }
}

extension QueueEntry {
    fileprivate var canBeHeld: Bool { record.state == .queued || record.state == .waiting }
}
