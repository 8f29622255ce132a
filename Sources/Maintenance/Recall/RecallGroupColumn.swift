internal import Postgres
internal import Recall

/// A column by whose values the searches are grouped: each wants the rows with one value.
///
/// Its type and the equality that the searches use are PostgreSQL's own, so neither is code of others.
struct RecallGroupColumn {
    let name: String
    let type: GroupType

    private var column: String { Identifier(name).sql }

    /// What a search adds to its conditions, with the value in the setting `vecsteward.group`.
    var condition: String {
        "\(column) OPERATOR(pg_catalog.=) (current_setting('vecsteward.group')::pg_catalog.\(type.rawValue))"
    }

    /// The condition of rows that have a value.
    var presence: String { "\(column) IS NOT NULL" }

    /// The value as text, with a comma behind it, before the other columns of a view.
    var text: String { "(\(column))::text AS group_value, " }

    /// The name in SQL, with a comma behind it, before other columns.
    var prefix: String { "\(column), " }
}
