public import Advisor
public import Postgres

extension JobQueue {
    /// A job, and a session that holds or awaits a lock on its table, for which it does not start.
    typealias HeldJob = (job: Int64, holder: LockingSession)

    /// Reads which jobs would have to wait for a session, each once for each of these sessions.
    static func held(on connection: inout Connection) async throws(PostgresError) -> [HeldJob] {
        try heldJobs(try await connection.queue(heldStatement))
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
        let held = Dictionary(try heldJobs(rows).map { ($0.job, $0.holder) }) { first, _ in first }
        for position in entries.indices where entries[position].canBeHeld {
            entries[position].heldBy = held[entries[position].record.id]
        }
    }

    private static var heldStatement: Statement { LockingSession.statement(PackageResources.held_tables_sql) }

    private static func heldJobs(_ rows: Rows) throws(PostgresError) -> [HeldJob] {
        var held: [HeldJob] = []
        for row in rows { held.append((try row["job_id", as: Int64.self], try LockingSession(row))) }
        return held
    }
}

extension QueueEntry {
    fileprivate var canBeHeld: Bool { record.state == .queued || record.state == .waiting }
}
