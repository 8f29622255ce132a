internal import Advisor
internal import Postgres

/// The temporary views that a measurement reads, which refer to objects and not to names.
struct RecallViews {
    /// The search through the index, for the vector in the setting `vecsteward.query`.
    static let search = "pg_temp.vecsteward_search"
    /// The rows of one table at the places in the setting `vecsteward.places`.
    static func sample(of table: RecallTable) -> String { "pg_temp.vecsteward_sample_\(table.oid)" }
    /// What the index compares of each row that it has.
    static let rows = "pg_temp.vecsteward_rows"
    /// The vectors of one table from the place in the setting `vecsteward.from` to before that in `vecsteward.to`.
    static let range = "pg_temp.vecsteward_range"

    /// The table.
    let table: QualifiedName
    /// `ONLY`, unless a partitioned table is searched with its partitions.
    let only: String
    private let key: String
    private let comparison: String
    private let predicate: String?

    /// Reads a row of `index_query.sql`.
    init(_ row: Row, isPartitioned: Bool) throws(PostgresError) {
        only = isPartitioned ? "" : "ONLY "
        table = Identifier.qualified(try row["table_schema", as: String.self], try row["table", as: String.self])
        key = try row["key", as: String.self]
        predicate = try row["predicate", as: String?.self]
        // Without quotes it is bit(1).
        let name = try row["type", as: String.self]
        let type = name == "bit" ? "pg_catalog.\"bit\"" : name
        let schema = Identifier(try row["operator_schema", as: String.self])
        comparison =
            "\(key) OPERATOR(\(schema).\(try row["operator", as: String.self])) "
            + "(current_setting('vecsteward.query')::\(type))"
    }

    /// The statements that create them, each with the view's name.
    ///
    /// - Parameters:
    ///   - limit: How many rows a search asks for.
    ///   - sampled: The tables to draw rows from.
    ///   - hasRows: Whether to create ``rows``.
    ///   - group: The column whose value in the setting `vecsteward.group` a search wants.
    /// - Returns: The statements.
    func definitions(
        limit: Int,
        sampled: [RecallTable],
        hasRows: Bool,
        group: RecallGroupColumn?
    ) -> [(view: String, statement: Statement)] {
        // A place is one of a table, and partitions are several.
        let row = "concat(tableoid, ctid) AS place, (\(key))::text AS vector FROM "
        var definitions = [
            (
                Self.search,
                "SELECT \(row)\(only)\(table.sql)\(filter([group?.condition])) ORDER BY \(comparison) LIMIT \(limit)"
            )
        ]
        let places = filter([
            "ctid = ANY (current_setting('vecsteward.places')::tid[])", "(\(key)) IS NOT NULL", group?.presence,
        ])
        definitions += sampled.map {
            (Self.sample(of: $0), "SELECT \(group?.text ?? "")\(row)ONLY \($0.qualified.sql)\(places)")
        }
        if hasRows {
            let columns = "\(group?.prefix ?? "")\(key) AS vector"
            definitions.append((Self.rows, "SELECT \(columns) FROM \(only)\(table.sql)\(filter([]))"))
        }
        return definitions.map { view, query in
            let sql = "CREATE TEMPORARY VIEW \(view) AS " + query
            return (view, Statement(sql))
        }
    }

    /// The statement that creates ``range``, with what a pass over the whole table reads.
    func range(of table: RecallTable, reading measured: MeasuredIndex, group: RecallGroupColumn?) -> Statement {
        let value = measured.isReadByServer ? key : Identifier(measured.collection.name.column).sql
        let places = filter([
            "ctid >= current_setting('vecsteward.from')::tid", "ctid < current_setting('vecsteward.to')::tid",
        ])
        let sql =
            "CREATE TEMPORARY VIEW \(Self.range) AS SELECT \(group?.prefix ?? "")\(value) AS vecsteward_vector "
            + "FROM ONLY \(table.qualified.sql)\(places)"
        return Statement(sql)
    }

    private func filter(_ conditions: [String?]) -> String {
        let all = conditions.compactMap(\.self) + [predicate].compactMap { $0.map { "(\($0))" } }
        return all.isEmpty ? "" : " WHERE " + all.joined(separator: " AND ")
    }
}
