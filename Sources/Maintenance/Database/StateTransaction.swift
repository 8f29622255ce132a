internal import Postgres

extension Connection {
    /// Sends statements on vecsteward's own tables in one round trip and one transaction; an open transaction of the
    /// caller is used.
    ///
    /// The settings that decide the meaning of statements are pinned before anything else is parsed
    /// (``SessionSettings``). Each statement sees what others have committed before it, whatever the default isolation
    /// level; otherwise a concurrent enqueue would be an error.
    mutating func queue(_ statements: [Statement]) async throws(PostgresError) -> [Rows] {
        let settings = SessionSettings.forTransaction
        let timeout: Duration = .seconds(30)
        if isInTransaction {
            return Array(try await pipeline([settings] + statements, timeout: timeout).dropFirst())
        }
        let begin: Statement = "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED"
        let commit: Statement = "COMMIT"
        let results = try await pipeline([begin, settings] + statements + [commit], timeout: timeout)
        return Array(results.dropFirst(2).dropLast())
    }

    /// Sends one statement on vecsteward's own tables.
    mutating func queue(_ statement: Statement) async throws(PostgresError) -> Rows {
        guard let rows = try await queue([statement]).first else {
            throw PostgresError(.connectionLost, "the server sent no result", statement: statement.sql)
        }
        return rows
    }
}
