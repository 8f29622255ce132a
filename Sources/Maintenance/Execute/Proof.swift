internal import Advisor
internal import Postgres

/// Whether the planner can answer a query with a new index, before anything relies on it.
enum Proof {
    /// What came of it.
    enum Verdict {
        case passed
        /// The planner does not use it; why that matters, as an error that no second try mends.
        case failed(PostgresError)
        /// It could not be asked, and why.
        case unknown(String)
    }

    /// Plans a query of the kind that the index is for, without running it and with all other ways made dear.
    ///
    /// It passes with the new index or with one of the same table for the same query, which stands beside it still: the
    /// planner prefers whichever seems cheaper.
    static func prove(_ index: IndexIdentity, from lookout: Lookout) async throws(PostgresError) -> Verdict {
        let statement = Statement(PackageResources.proof_index_sql, [Int64(index.oid)])
        guard let row = try await lookout.read([statement])[0].first else {
            return .failed(failure("it has no operator that a query could be ordered by"))
        }
        let plan: String
        do throws(PostgresError) {
            let results = try await lookout.read(try explaining(row))
            plan = try results[results.count - 2].one()[0, as: String.self]
        } catch {
            guard error.sqlState == .insufficientPrivilege else { throw error }
            return .unknown("whether the planner uses the new index could not be asked: \(error.message)")
        }
        let indexes = try row["indexes", as: [String].self]
        for row in try await lookout.read([Statement(PackageResources.proof_plan_sql, [plan])])[0]
        where indexes.contains(try row["index", as: String.self]) {
            return .passed
        }
        return .failed(failure("the planner does not use it for a query that it is made for"))
    }

    private static func explaining(_ row: Row) throws(PostgresError) -> [Statement] {
        let table = Identifier.qualified(try row["table_schema", as: String.self], try row["table", as: String.self])
        let schema = Identifier(try row["operator_schema", as: String.self])
        let condition = try row["predicate", as: String?.self].map { " WHERE \($0)" } ?? ""
        let query =
            "SELECT 1 FROM ONLY \(table)\(condition) ORDER BY \(try row["key", as: String.self]) "
            + "OPERATOR(\(schema).\(try row["operator", as: String.self])) $1 LIMIT 1"
        let preparation = "PREPARE vecsteward_proof (\(try row["type", as: String.self])) AS \(query)"
        // A query without a value has to be planned for any.
        let settings: Statement = """
            SELECT
                pg_catalog.set_config('enable_seqscan', 'off', TRUE),
                pg_catalog.set_config('enable_sort', 'off', TRUE),
                pg_catalog.set_config('enable_bitmapscan', 'off', TRUE),
                pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', TRUE),
                pg_catalog.set_config('row_security', 'on', TRUE)
            """
        return [
            settings,
            Statement(preparation),
            "EXPLAIN (FORMAT JSON) EXECUTE vecsteward_proof (NULL)",
            "DEALLOCATE vecsteward_proof",
        ]
    }

    private static func failure(_ why: String) -> PostgresError {
        var error = PostgresError(
            .server,
            "the new index is valid and of no use: \(why); it is dropped again",
            hint:
                "Ask EXPLAIN about a query of the application with SET enable_seqscan = off, and compare its operator, "
                + "cast and WHERE with the index."
        )
        error.sqlState = .objectNotInPrerequisiteState
        return error
    }
}
