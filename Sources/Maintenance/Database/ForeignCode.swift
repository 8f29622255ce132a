internal import Postgres

/// What others could have run with the rights of whoever plans a query over a table.
///
/// To plan is to run: the planner computes what is constant in every index, every statistics object and every generated
/// column of the table. So nobody plans before this has found nothing, and while a `SHARE UPDATE EXCLUSIVE` lock on the table
/// keeps that so.
enum ForeignCode {
    /// Asks for it.
    ///
    /// - Parameters:
    ///   - table: The table.
    ///   - view: The view that the query reads, `nil` where it reads the table itself.
    /// - Returns: The statement, whose rows ``names(_:)`` reads.
    static func statement(table: Int64, view: String? = nil) -> Statement {
        Statement(PackageResources.foreign_code_sql, [table, view])
    }

    /// What there is of it, in words; the first few.
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
