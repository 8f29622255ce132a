internal import Postgres

/// How a role that may can end the session of another one.
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
