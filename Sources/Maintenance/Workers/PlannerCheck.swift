internal import Advisor
internal import Postgres

/// Checks that the planner can answer a query with a new index, before anything relies on it.
///
/// It plans only if nothing of the table leads to code of others (``ForeignCode``), and while a lock keeps it that way.
struct PlannerCheck {
    /// The result of the check.
    enum Verdict {
        case passed
        /// The planner does not use the index; the error is one that retrying does not fix.
        case failed(PostgresError)
        /// The check was not made; the text says why.
        case unknown(String)
    }

    private let index: IndexIdentity
    private let transaction: ProofTransaction

    /// Plans a query of the kind that the index is for, without running it and with high costs for all other plans.
    ///
    /// It passes if the plan uses the new index or another one of the same table for the same query, such as the old one:
    /// the planner prefers whichever seems cheaper.
    ///
    /// - Throws: When the connection is lost or the task is cancelled. A refusal by the server is a verdict.
    static func check(_ index: IndexIdentity, from catalogReader: JobCatalogReader) async throws(PostgresError)
        -> Verdict
    {
        guard
            let row = try await catalogReader.read([
                Statement(PackageResources.index_query_sql, [Int64(index.oid)])
            ])[0].first
        else { return .failed(failure("it has no operator that a query could be ordered by")) }
        let question = try Question(row)
        do throws(PostgresError) {
            return try await catalogReader.plan { (connection, settings) throws(PostgresError) in
                let proof = PlannerCheck(index: index, transaction: ProofTransaction(settings: settings))
                return try await proof.ask(question, on: &connection)
            }
        } catch {
            guard error.code == .server else { throw error }
            let reason =
                error.sqlState == .lockNotAvailable ? "somebody holds a lock on its table" : error.message
            return .unknown(Self.unasked(reason))
        }
    }

    private func ask(
        _ question: Question,
        on connection: inout Connection
    ) async throws(PostgresError) -> Verdict {
        let planning = PlanningGuard(indexOID: Int64(index.oid), tableOID: question.tableOID)
        let patience = transaction.settings.patience
        for (statements, views) in [
            (transaction.opening + [question.lock], []), ([question.definition], [Question.view]),
        ] {
            if let blocker = try await planning.blocker(
                after: statements,
                views: views,
                on: &connection,
                timeout: patience
            ) {
                return .unknown(Self.unasked(blocker.reason))
            }
        }
        let results = try await connection.pipeline(transaction.planning, timeout: transaction.settings.patience)
        let plan = try results[transaction.planning.count - 1].one()[0, as: String.self]
        let names = try await connection.query(
            Statement(PackageResources.plan_indexes_sql, [plan]),
            timeout: transaction.settings.patience
        )
        for row in names where question.indexes.contains(try row["index", as: String.self]) { return .passed }
        return .failed(Self.failure("the planner does not use it for a query that it is made for"))
    }

    private static func unasked(_ reason: String) -> String {
        "vecsteward did not check whether the planner uses the new index: \(reason)"
    }

    private static func failure(_ why: String) -> PostgresError {
        .unmetPrerequisite(
            "the new index is valid but of no use (\(why)); vecsteward drops it",
            hint:
                "Run EXPLAIN on a query of the application with SET enable_seqscan = off, and compare its operator, cast "
                + "and WHERE with the index."
        )
    }
}

/// The query that an index is for.
private struct Question {
    static let view = "pg_temp.vecsteward_proof"

    let tableOID: Int64
    /// The names of the indexes that may answer it.
    let indexes: [String]
    let lock: Statement
    let definition: Statement

    /// Reads a row of `index_query.sql`.
    init(_ row: Row) throws(PostgresError) {
        tableOID = try row["table_oid", as: Int64.self]
        indexes = try row["indexes", as: [String].self]
        let table = Identifier.qualified(try row["table_schema", as: String.self], try row["table", as: String.self])
        let schema = Identifier(try row["operator_schema", as: String.self])
        let condition = try row["predicate", as: String?.self].map { " WHERE \($0)" } ?? ""
        // The value to search for is one that the planner cannot know.
        let order =
            "\(try row["key", as: String.self]) OPERATOR(\(schema).\(try row["operator", as: String.self])) "
            + "(SELECT NULL::\(try row["type", as: String.self]))"
        lock = Statement("LOCK TABLE ONLY \(table) IN SHARE UPDATE EXCLUSIVE MODE")
        let query: String =
            "CREATE TEMPORARY VIEW \(Self.view) AS SELECT 1 AS found FROM ONLY \(table)\(condition) "
            + "ORDER BY \(order) LIMIT 1"
        definition = Statement(query)
    }
}

/// The statements around the EXPLAIN, in a transaction that is rolled back.
private struct ProofTransaction {
    /// The settings of read-only transactions, which apply here too.
    let settings: ReadOnlyTransaction

    /// Starts a transaction that may write, because it creates the view, which is never committed.
    var opening: [Statement] { settings.opening("BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE") }

    /// Plans without policies, because row security that would add one is an error, and without CHECK constraints.
    var planning: [Statement] {
        let costs: Statement = """
            SELECT
                pg_catalog.set_config('enable_seqscan', 'off', TRUE),
                pg_catalog.set_config('enable_sort', 'off', TRUE),
                pg_catalog.set_config('enable_bitmapscan', 'off', TRUE),
                pg_catalog.set_config('constraint_exclusion', 'off', TRUE),
                pg_catalog.set_config('row_security', 'off', TRUE)
            """
        return [costs, "EXPLAIN (FORMAT JSON) SELECT * FROM \(unescaped: Question.view)"]
    }
}
