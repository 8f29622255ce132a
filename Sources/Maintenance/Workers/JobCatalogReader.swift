internal import Advisor
internal import Postgres

/// Reads the catalog for a running job.
///
/// Each reading is a short transaction of its own: a snapshot that stayed open would delay the build.
struct JobCatalogReader {
    private let connections: ConnectionPool
    private let transaction: ReadOnlyTransaction
    /// The backend that holds the leader lock, which is checked before each step; `nil` if no leader is needed.
    private let leaderProcessID: Int32?

    init(_ connections: ConnectionPool, statementTimeout: Duration, leaderProcessID: Int32?) {
        self.connections = connections
        self.leaderProcessID = leaderProcessID
        transaction = ReadOnlyTransaction(statementTimeout: statementTimeout, isRepeatable: false)
    }

    /// Reads the state of the catalog for a job, and checks that this program is still the leader.
    ///
    /// - Throws: Also when this program is no longer the leader.
    func context(of record: JobRecord) async throws(PostgresError) -> IndexJobContext {
        let query = try IndexJobContextQuery(record: record)
        let results = try await read(query.statements + leaderCheck)
        try checkLeader(results.dropFirst(query.statements.count).first)
        return try query.context(Array(results.prefix(query.statements.count)))
    }

    /// Checks that this program is still the leader.
    func checkLeader() async throws(PostgresError) {
        guard leaderProcessID != nil else { return }
        try checkLeader(try await read(leaderCheck).first)
    }

    /// Compares a new index with the one that it is to replace; `nil` if the new one is gone.
    func comparison(
        of built: IndexIdentity,
        with old: IndexIdentity?
    ) async throws(PostgresError) -> IndexComparison? {
        try IndexComparison(try await read([IndexComparison.statement(built: built.oid, old: old?.oid)])[0])
    }

    /// The activity of the session that runs a job; `nil` if there is none.
    func activitySample(of record: JobRecord) async throws(PostgresError) -> ActivitySample? {
        let results = try await read(JobActivityReader.statements([record]), in: .momentary)
        return try JobActivityReader.activitySamples(of: [record], in: results).first
    }

    /// Cancels the statement of a job's own session.
    func cancelWorker(_ processID: Int, of record: JobRecord) async throws(PostgresError) {
        let name = JobQueue.applicationName(of: record.id)
        _ = try await read([Statement(PackageResources.cancel_worker_sql, [processID, name])], in: .momentary)
    }

    /// Reads in one round trip.
    func read(
        _ statements: [Statement],
        in transaction: ReadOnlyTransaction? = nil
    ) async throws(PostgresError) -> [Rows] {
        let transaction = transaction ?? self.transaction
        return try await connections.use { (connection) async throws(PostgresError) in
            try await connection.read(statements, in: transaction)
        }
    }

    /// Runs a body that begins a transaction with these settings itself, and rolls that back.
    func plan<Answer>(
        _ body: (inout Connection, ReadOnlyTransaction) async throws(PostgresError) -> Answer
    ) async throws(PostgresError) -> Answer {
        try await connections.use { (connection) async throws(PostgresError) in
            let answer = try await body(&connection, transaction)
            _ = try await connection.query("ROLLBACK", timeout: transaction.statementTimeout)
            return answer
        }
    }

    private var leaderCheck: [Statement] {
        guard let leaderProcessID else { return [] }
        return [
            Statement(
                PackageResources.leader_check_sql,
                [leaderProcessID, Int64(LeaderLock.classID), Int64(LeaderLock.objectID)]
            )
        ]
    }

    private func checkLeader(_ rows: Rows?) throws(PostgresError) {
        guard let row = try rows?.one() else { return }
        if try row["is_same_session", as: Bool.self] {
            throw PostgresError.sharedSession
        }
        guard try row["leads", as: Bool.self] else {
            throw PostgresError(
                .connectionLost,
                "this instance is no longer the leader: it has lost the leader lock",
                hint: "Nothing is lost: the next leader resumes the job."
            )
        }
    }
}
