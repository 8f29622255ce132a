internal import Postgres

/// How somebody who may ends a session of somebody else.
enum SessionEnd {
    /// The statement that does it.
    ///
    /// - Parameters:
    ///   - processID: The process of the session; `nil` for a prepared transaction, which has none.
    ///   - transaction: The identifier of the prepared transaction.
    /// - Returns: The statement, with its semicolon.
    static func statement(processID: Int?, preparedTransaction transaction: String?) -> String {
        if let processID { return "SELECT pg_terminate_backend(\(processID));" }
        return "ROLLBACK PREPARED \(Literal(transaction ?? ""));"
    }
}
