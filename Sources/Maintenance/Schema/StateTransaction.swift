internal import Postgres

extension Connection {
    /// Sends statements about vecsteward's own tables in one round trip and one transaction.
    ///
    /// The search path is pinned before anything else is parsed, so that no function or operator of a user takes the
    /// place of one of PostgreSQL's; numbers come back with every digit, whatever the role's settings.
    mutating func queue(_ statements: [Statement]) async throws(PostgresError) -> [Rows] {
        Array(try await pipeline([StateSchema.settings] + statements, timeout: .seconds(30)).dropFirst())
    }

    /// Sends one statement about vecsteward's own tables.
    mutating func queue(_ statement: Statement) async throws(PostgresError) -> Rows {
        guard let rows = try await queue([statement]).first else {
            throw PostgresError(.connectionLost, "the server sent no result", statement: statement.sql)
        }
        return rows
    }
}
