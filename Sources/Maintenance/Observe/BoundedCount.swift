internal import Advisor
internal import Postgres

/// Counts the rows of a table up to a limit, so that a decision is exact and the work bounded.
struct BoundedCount {
    var transaction: ReadOnlyTransaction

    /// Counts.
    ///
    /// A row without a vector is in no index, and so does not count. Only the server's refusals are an outcome; a lost
    /// connection is an error.
    func count(
        _ confirmation: Confirmation,
        on connection: inout Connection
    ) async throws(PostgresError) -> CountOutcome {
        let table = Identifier.qualified(confirmation.schema, confirmation.table)
        let column = Identifier(confirmation.collection.column)
        let statement: Statement = """
            SELECT count(*) AS rows
            FROM (SELECT FROM ONLY \(table) WHERE \(column) IS NOT NULL LIMIT \(confirmation.limit)) AS bounded
            """
        do {
            let results = try await connection.read([statement], in: transaction)
            return .rows(try results[0].first?["rows", as: Int64.self] ?? 0)
        } catch {
            switch error.sqlState {
            case .undefinedTable?, .undefinedSchema?, .undefinedColumn?: return .tableIsGone
            case .insufficientPrivilege?:
                return .impossible("the role may not read all of the table; GRANT SELECT, or BYPASSRLS, mends it")
            case .lockNotAvailable?: return .impossible("the table is locked; the next report counts again")
            case .queryCanceled?:
                return .impossible("counting takes longer than statementTimeout; a longer one mends it")
            default:
                guard error.code == .server else { throw error }
                return .impossible(error.message)
            }
        }
    }
}
