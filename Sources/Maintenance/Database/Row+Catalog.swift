internal import Postgres

extension Row {
    /// An object identifier, which the statements return as an int8.
    func oid(_ column: String) throws(PostgresError) -> UInt32 {
        UInt32(truncatingIfNeeded: try self[column, as: Int64.self])
    }

    /// A flag that is TRUE or NULL.
    func flag(_ column: String) throws(PostgresError) -> Bool {
        try self[column, as: Bool?.self] ?? false
    }
}
