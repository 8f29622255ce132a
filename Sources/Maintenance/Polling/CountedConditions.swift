internal import Advisor
internal import Postgres
internal import Synchronization

/// The extension pg_qualstats of a database, which counts how many rows conditions drop.
struct CountedConditions: Equatable {
    /// The schema of the extension.
    private let schema: String
    /// Whether the role may read it.
    let isPermitted: Bool

    /// Finds out whether there is one.
    static let source = Statement(PackageResources.qualification_source_sql)

    /// Reads the row of ``source``.
    init(_ row: Row) throws(PostgresError) {
        schema = try row["schema", as: String.self]
        isPermitted = try row["is_permitted", as: Bool.self]
    }

    /// Fails unless the function is the extension's own; it stands in the same transaction before ``counts(_:)``.
    var check: Statement { ExtensionGuard.check(["pg_qualstats"], in: schema, of: "pg_qualstats") }

    /// Reads the counts of conditions on columns of tables: numbers alone, and none of the constants that it holds.
    ///
    /// A condition that an index has met counts no rows, so those are left out.
    ///
    /// - Parameter places: The tables, and a column of each.
    /// - Returns: The statement.
    func counts(_ places: [any ParameterEncodable]) -> Statement {
        let function = Identifier.qualified(schema, "pg_qualstats")
        let sql: String = """
            SELECT qualification.lrelid::int8 AS oid, attribute.attname AS column, operator.oprname AS operation,
                least(sum(qualification.execution_count), 9e18)::int8 AS rows,
                least(sum(qualification.nbfiltered), 9e18)::int8 AS dropped
            FROM \(function)() AS qualification
            JOIN pg_attribute AS attribute
                ON attribute.attrelid = qualification.lrelid AND attribute.attnum = qualification.lattnum
            JOIN pg_operator AS operator ON operator.oid = qualification.opno
            WHERE qualification.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND qualification.eval_type = 'f'
                AND EXISTS (
                    SELECT FROM unnest($1::int8[], $2::text[]) AS wanted (oid, name)
                    WHERE wanted.oid::oid = qualification.lrelid AND wanted.name::name = attribute.attname
                )
            GROUP BY 1, 2, 3
            """
        return Statement(sql, places)
    }

    /// Says that the role may not read it.
    func refusal(_ role: String) -> String {
        let (schema, role) = (Identifier(schema), Identifier(role))
        return
            "Role \(role) may not read pg_qualstats, so what filters keep goes by the planner's statistics. "
            + "To fix this: GRANT USAGE ON SCHEMA \(schema) TO \(role); GRANT EXECUTE ON FUNCTION \(schema).pg_qualstats() TO \(role);"
    }
}

/// What a reader of filters keeps from poll to poll.
final class FilterMemory: Sendable {
    private let found = Mutex<CountedConditions?>(nil)

    /// pg_qualstats as the last poll found it; `nil` if it did not.
    var conditions: CountedConditions? {
        get { found.withLock { $0 } }
        set { found.withLock { $0 = newValue } }
    }
}
