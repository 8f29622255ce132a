internal import Postgres

/// Code that others could run with the rights of the role that plans a query over a table.
///
/// Planning runs code: the planner computes the constants in every index, statistics object and generated column of the
/// table. So vecsteward plans only after this has found nothing, and while a `SHARE UPDATE EXCLUSIVE` lock on the table
/// keeps it that way.
enum ForeignCode {
    /// The statement that finds such code.
    ///
    /// - Parameters:
    ///   - table: The table; the partitions of a partitioned one are included.
    ///   - views: The views that the queries read; none if they read the table itself.
    /// - Returns: The statement; ``names(_:)`` reads its rows.
    static func statement(table: Int64, views: [String] = []) -> Statement {
        Statement(PackageResources.foreign_code_sql, [table, views])
    }

    /// The first few objects found, in words.
    static func names(_ rows: Rows) throws(PostgresError) -> [String] {
        var names: [String] = []
        for row in rows {
            let identity = Literal(try row["identity", as: String.self])
            let owner = try row["owner", as: String?.self].map { " of role \(Identifier($0))" } ?? ""
            names.append("\(try row["kind", as: String.self]) \(identity)\(owner)")
        }
        return names
    }
}
