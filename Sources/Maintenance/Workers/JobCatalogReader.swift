internal import Advisor
internal import Postgres

/// What a job is looked at from.
///
/// Each look is a transaction of its own and over in a moment: a snapshot that stayed would hold up the build.
struct JobCatalogReader {
    private let connections: ConnectionPool
    private let transaction: ReadOnlyTransaction
    /// The backend that has the lead, which is made sure of before each step.
    private let leaderProcessID: Int32?

    init(_ connections: ConnectionPool, statementTimeout: Duration, leaderProcessID: Int32?) {
        self.connections = connections
        self.leaderProcessID = leaderProcessID
        transaction = ReadOnlyTransaction(statementTimeout: statementTimeout, isRepeatable: false)
    }

    /// What the catalog says of a job, for a program that may still act.
    ///
    /// - Throws: Also when another program may act here by now.
    func context(of record: JobRecord) async throws(PostgresError) -> IndexJobContext {
        let query = try IndexJobContextQuery(record: record)
        let results = try await read(query.statements + leaderCheck)
        try checkLeader(results.dropFirst(query.statements.count).first)
        return try query.context(Array(results.prefix(query.statements.count)))
    }

    /// Makes sure that this program may still act.
    func checkLeader() async throws(PostgresError) {
        guard leaderProcessID != nil else { return }
        try checkLeader(try await read(leaderCheck).first)
    }

    /// A new index beside the one that it is to replace; `nil` where the new one is gone.
    func comparison(
        of built: IndexIdentity,
        with old: IndexIdentity?
    ) async throws(PostgresError) -> IndexComparison? {
        try IndexComparison(try await read([IndexComparison.statement(built: built.oid, old: old?.oid)])[0])
    }

    /// What the session at work on a job does, `nil` where there is none.
    func activitySample(of record: JobRecord) async throws(PostgresError) -> ActivitySample? {
        let results = try await read(JobActivityReader.statements([record]), in: .momentary)
        return try JobActivityReader.activitySamples(of: [record], in: results).first
    }

    /// Asks the server to end the statement of a job's own session.
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

    /// Does something in a transaction that is rolled back, and that it begins itself with these settings.
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
                "another program may act here by now: this one has lost the lock that only one can have",
                hint: "Nothing is lost: whoever has the lock now goes on with the job where it is."
            )
        }
    }
}
