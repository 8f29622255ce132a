internal import Grammar
internal import Postgres

/// Finds the relations that names in texts mean, in one round trip for many.
struct NameLookup {
    /// A name, and the schemas in which the server would look for it.
    struct Name: Hashable {
        var relation: String
        var schemas: [String]
    }

    private(set) var wanted: [Name: Int] = [:]
    private var found: [Int: UInt32] = [:]

    /// The name as the server would understand it in a session with these schemas.
    static func name(_ name: ObjectName, _ schemas: [String]) -> Name {
        Name(relation: name.name, schemas: name.schema.map { [$0] } ?? schemas)
    }

    mutating func want(_ name: Name) {
        if wanted[name] == nil { wanted[name] = wanted.count }
    }

    /// The statement that finds all of them.
    var statement: Postgres.Statement {
        var relations: [String] = []
        var schemas: [String] = []
        var positions: [Int] = []
        for (name, position) in wanted {
            for schema in name.schemas {
                relations.append(name.relation)
                schemas.append(schema)
                positions.append(position)
            }
        }
        return Postgres.Statement(PackageResources.relation_names_sql, [relations, schemas, positions])
    }

    /// Reads rows of `relation_names.sql`.
    mutating func take(_ rows: Rows) throws(PostgresError) {
        for row in rows {
            found[try row["name", as: Int.self]] = try row.oid("oid")
        }
    }

    /// The relation; `nil` if there is none.
    subscript(name: Name) -> UInt32? { wanted[name].flatMap { found[$0] } }
}
