internal import Advisor
internal import Grammar
internal import Postgres

/// Which statement pg_stat_statements counts: the same text of one role.
struct StatementKey: Hashable {
    var roleOID: UInt32
    var queryID: Int64
    /// Whether a client sent it; otherwise a function ran it.
    var isTopLevel: Bool
}

/// What pg_stat_statements has counted of one statement since ``since``.
struct StatementCounts {
    var calls: Int64
    var milliseconds: Double
    var rows: Int64
    var blocksHit: Int64
    var blocksRead: Int64
    /// When counting began, in seconds since 1970 UTC; `nil` before version 1.11 of the extension.
    var since: Double?
}

extension StatementCounts {
    /// What was counted since an earlier time.
    ///
    /// After a reset, or where the server had forgotten the statement, it began to count anew.
    func since(_ before: StatementCounts?) -> StatementCounts {
        guard let before, before.calls <= calls, before.rows <= rows, before.milliseconds <= milliseconds,
            before.since == since
        else { return self }
        var counts = self
        counts.calls -= before.calls
        counts.milliseconds -= before.milliseconds
        counts.rows -= before.rows
        counts.blocksHit = max(0, blocksHit - before.blocksHit)
        counts.blocksRead = max(0, blocksRead - before.blocksRead)
        return counts
    }
}

/// The extension pg_stat_statements of a database.
struct StatementStatistics: Equatable {
    /// The schema of the extension.
    var schema: String
    /// The columns of its function, which differ from version to version.
    var columns: Set<String>

    /// What distances look like in a text: operators and functions, not case-sensitive in functions.
    static let distances = Distance.operators.sorted() + Distance.functions.sorted()

    private var function: QualifiedName { Identifier.qualified(schema, "pg_stat_statements") }
    private var topLevel: String { columns.contains("toplevel") ? "toplevel" : "TRUE" }

    private static let ofThisDatabase = "dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"

    /// Fails unless the functions are those of the extension; it stands in the same transaction before each that calls
    /// them.
    var check: Postgres.Statement {
        let names = ["pg_stat_statements"] + (hasBeginning ? ["pg_stat_statements_info"] : [])
        return ExtensionGuard.check(names, in: schema, of: "pg_stat_statements")
    }

    /// Reads the numbers of all statements, without their texts.
    var counts: Postgres.Statement {
        let time = columns.contains("total_exec_time") ? "total_exec_time" : "total_time"
        // EXTRACT makes numerics, which take longer than all else.
        let since = columns.contains("stats_since") ? "date_part('epoch', stats_since)" : "NULL::float8"
        let sql: String = """
            SELECT userid::int8 AS role_oid, queryid AS query_id, \(topLevel) AS is_top_level, calls,
                \(time) AS milliseconds, rows, shared_blks_hit AS blocks_hit, shared_blks_read AS blocks_read,
                \(since) AS since
            FROM \(function)(FALSE)
            WHERE \(Self.ofThisDatabase)
            """
        return Postgres.Statement(sql)
    }

    /// Reads the texts of some statements that have a distance, change a setting or have one of these names.
    ///
    /// The server reads its whole file of texts for it, and sends only those.
    func texts(of queryIDs: [Int64], naming names: [String]) -> Postgres.Statement {
        let sql: String = """
            SELECT userid::int8 AS role_oid, queryid AS query_id, \(topLevel) AS is_top_level,
                CASE WHEN octet_length(statement.query) <= \(StatementReader.longest) THEN statement.query END AS text
            FROM \(function)(TRUE) AS statement
            -- Names without quotes may be written in any letters. OFFSET keeps this from being done once for each word.
            CROSS JOIN LATERAL (SELECT lower(statement.query COLLATE "C") OFFSET 0) AS folded (query)
            WHERE \(Self.ofThisDatabase)
                AND queryid = ANY ($2::int8[])
                AND (
                    EXISTS (
                        SELECT FROM unnest($1::text[]) AS word WHERE strpos(folded.query, lower(word COLLATE "C")) > 0
                    )
                    OR left(folded.query, 3) = 'set'
                )
            """
        return Postgres.Statement(sql, [Self.distances + names, queryIDs])
    }

    /// Reads the texts of statements that compare by an operator and have a constant that may be a vector, the most called first.
    func textsWithVectors(comparedBy operation: String, limit: Int) -> Postgres.Statement {
        let sql: String = """
            SELECT userid::int8 AS role_oid, statement.query AS text
            FROM \(function)(TRUE) AS statement
            WHERE \(Self.ofThisDatabase)
                AND strpos(statement.query, $1::text) > 0
                AND strpos(statement.query, '''[') > 0
                AND octet_length(statement.query) <= \(StatementReader.longest)
            ORDER BY calls DESC
            LIMIT \(limit)
            """
        return Postgres.Statement(sql, [operation])
    }

    /// When counting of all statements began; only from PostgreSQL 14 on.
    var beginning: Postgres.Statement {
        let function = Identifier.qualified(schema, "pg_stat_statements_info")
        let sql: String = "SELECT extract(EPOCH FROM stats_reset)::float8 AS since FROM \(function)()"
        return Postgres.Statement(sql)
    }

    /// Whether the extension tells when counting began.
    var hasBeginning: Bool { columns.contains("toplevel") }
}

extension StatementKey {
    /// Reads a row of ``StatementStatistics/counts`` or ``StatementStatistics/texts(naming:)``; `nil` for a statement of
    /// another role that this one may not see.
    init?(_ row: Row) throws(PostgresError) {
        guard let queryID = try row["query_id", as: Int64?.self] else { return nil }
        self.init(
            roleOID: try row.oid("role_oid"),
            queryID: queryID,
            isTopLevel: try row["is_top_level", as: Bool.self]
        )
    }
}

extension StatementCounts {
    /// Reads a row of ``StatementStatistics/counts``.
    init(_ row: Row) throws(PostgresError) {
        self.init(
            calls: try row["calls", as: Int64.self],
            milliseconds: try row["milliseconds", as: Double.self],
            rows: try row["rows", as: Int64.self],
            blocksHit: try row["blocks_hit", as: Int64.self],
            blocksRead: try row["blocks_read", as: Int64.self],
            since: try row["since", as: Double?.self]
        )
    }
}
