internal import Advisor
internal import Postgres

extension Rows {
    /// Reads each row by itself, so that one which cannot be read keeps none of the others from being read.
    ///
    /// - Parameters:
    ///   - table: The table that the rows are of; they have its column `id`.
    ///   - read: Reads one.
    /// - Returns: What was read, and the rows that were left aside.
    /// - Throws: What a row throws that is no matter of its values.
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
