internal import Postgres

/// The statements around everything that vecsteward reads, sent with what is read in one round trip.
///
/// All settings end with the transaction, so that they hold behind a transaction pooler too. Those that decide what
/// statements mean, as the search path, are pinned before anything else runs. Row security that
/// would hide rows is an error rather than a wrong count. A wait for a lock ends before it can hold anybody up, and
/// plans are not worth compiling. The hash tables of 10,000 collections stay in memory.
package struct ReadOnlyTransaction {
    /// How long a statement may take.
    var statementTimeout: Duration
    /// How long a statement may wait for a lock.
    var lockTimeout: Duration = .milliseconds(500)
    /// Whether all statements see the same moment, or each one what is committed when it begins.
    var isRepeatable = true

    /// How long the program waits for a server that does not answer at all: the server's own timeout comes first.
    var patience: Duration { statementTimeout + .seconds(5) }

    /// The statements before and after those that read.
    static let leading = 3
    static let trailing = 1

    func wrapping(_ statements: [Statement]) -> [Statement] {
        let begin: Statement =
            isRepeatable
            ? "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"
            : "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY"
        let commit: Statement = "COMMIT"
        return opening(begin) + statements + [commit]
    }

    /// The beginning of a transaction with the same settings, which may be another one than `wrapping` begins.
    func opening(_ begin: Statement) -> [Statement] {
        let settings: Statement = """
            SELECT
                pg_catalog.set_config('statement_timeout', \(milliseconds(statementTimeout)), TRUE),
                pg_catalog.set_config('lock_timeout', \(milliseconds(lockTimeout)), TRUE),
                pg_catalog.set_config('row_security', 'off', TRUE),
                pg_catalog.set_config('jit', 'off', TRUE),
                pg_catalog.set_config('max_parallel_workers_per_gather', '0', TRUE),
                pg_catalog.set_config('work_mem', '32MB', TRUE)
            """
        return [begin, SessionSettings.forTransaction, settings]
    }

    private func milliseconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
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

    /// Reads in one read-only transaction and one round trip, and hands over the rows as they arrive.
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
