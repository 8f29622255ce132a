internal import Advisor
internal import Postgres

extension Rows {
    /// Reads each row separately, so that an unreadable row does not affect the others.
    ///
    /// - Parameters:
    ///   - table: The table of the rows; they have its column `id`.
    ///   - read: Reads one row.
    /// - Returns: The values, and the rows that were skipped.
    /// - Throws: An error of a row that does not come from its values.
    func readable<Value>(
        of table: UnreadableRow.Table,
        _ read: (Row) throws(PostgresError) -> Value
    ) throws(PostgresError) -> (values: [Value], unreadable: [UnreadableRow]) {
        var values: [Value] = []
        var unreadable: [UnreadableRow] = []
        for row in self {
            do throws(PostgresError) {
                values.append(try read(row))
            } catch {
                guard error.code == .decoding else { throw error }
                unreadable.append(UnreadableRow(table, id: try row["id", as: Int64.self], reason: error.message))
            }
        }
        return (values, unreadable)
    }
}
