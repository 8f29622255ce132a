internal import Postgres

/// A table with rows that are measured: the table of an index, or one partition.
struct RecallTable {
    var oid: Int64
    var schema: String
    var name: String
    /// Whether its rows are on another server.
    var isForeign: Bool
    /// The pages that it has.
    var pages: Int64

    /// The name in SQL.
    var qualified: QualifiedName { Identifier.qualified(schema, name) }
    /// The name for people.
    var words: String { "\(schema).\(name)" }

    /// Reads a row of `recall_tables.sql`.
    init(_ row: Row) throws(PostgresError) {
        oid = try row["oid", as: Int64.self]
        schema = try row["schema", as: String.self]
        name = try row["name", as: String.self]
        isForeign = try row["is_foreign", as: Bool.self]
        pages = try row["pages", as: Int64.self]
    }
}
