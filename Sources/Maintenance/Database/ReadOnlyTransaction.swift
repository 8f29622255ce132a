internal import Postgres

/// The statements around every read of vecsteward, sent together with it in one round trip.
///
/// All settings end with the transaction, so they also work behind a transaction pooler. Those that decide what
/// statements mean, such as the search path, are pinned before anything else runs. Row security that would hide rows is
/// an error instead of a wrong count. A short lock timeout keeps vecsteward from blocking anybody, and compiling plans
/// is not worth it. The hash tables of 10,000 collections fit in memory.
package struct ReadOnlyTransaction {
    /// The longest time of a statement.
    var statementTimeout: Duration
    /// The longest time that a statement may wait for a lock.
    var lockTimeout: Duration = .milliseconds(500)
    /// Whether all statements see the same snapshot, or each one what is committed when it starts.
    var isRepeatable = true

    /// How long the program waits for a server that does not answer; the server's own timeout comes first.
    var patience: Duration { statementTimeout + .seconds(5) }

    /// The number of statements before those that read.
    static let leading = 3
    static let trailing = 1

    func wrapping(_ statements: [Statement]) -> [Statement] {
        let commit: Statement = "COMMIT"
        return opening + statements + [commit]
    }

    /// The start of the transaction, with its settings.
    var opening: [Statement] {
        let begin: Statement =
            isRepeatable
            ? "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
            : "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY"
        return opening(begin)
    }

    /// The start of a transaction with the same settings and another BEGIN.
    func opening(_ begin: Statement) -> [Statement] { [begin] + settingStatements }

    /// The settings, in an open transaction.
    var settingStatements: [Statement] {
        let settings: Statement = """
            SELECT
                pg_catalog.set_config('statement_timeout', \(statementTimeout.setting), TRUE),
                pg_catalog.set_config('lock_timeout', \(lockTimeout.setting), TRUE),
                pg_catalog.set_config('row_security', 'off', TRUE),
                pg_catalog.set_config('jit', 'off', TRUE),
                pg_catalog.set_config('max_parallel_workers_per_gather', '0', TRUE),
                pg_catalog.set_config('work_mem', '32MB', TRUE)
            """
        return [SessionSettings.forTransaction, settings]
    }
}

extension Duration {
    /// The value of a setting of PostgreSQL, at least a millisecond: 0 would be no limit.
    var setting: String {
        let (seconds, attoseconds) = components
        return "\(max(1, seconds * 1_000 + attoseconds / 1_000_000_000_000_000))ms"
    }
}

extension Connection {
    /// Reads in one read-only transaction and one round trip.
    mutating func read(
        _ statements: [Statement],
        in transaction: ReadOnlyTransaction
    ) async throws(PostgresError) -> [Rows] {
        let results = try await pipeline(
            transaction.wrapping(statements),
            timeout: transaction.patience
        )
        return Array(results.dropFirst(ReadOnlyTransaction.leading).dropLast(ReadOnlyTransaction.trailing))
    }

    /// Reads in one read-only transaction and one round trip, and passes on the rows as they arrive.
    mutating func read(
        _ statements: [Statement],
        in transaction: ReadOnlyTransaction,
        receive: (Int, Rows) throws(PostgresError) -> Void
    ) async throws(PostgresError) {
        try await stream(
            transaction.wrapping(statements),
            timeout: transaction.patience
        ) { (position, rows) throws(PostgresError) in
            let own = position - ReadOnlyTransaction.leading
            if statements.indices.contains(own) { try receive(own, rows) }
        }
    }
}
