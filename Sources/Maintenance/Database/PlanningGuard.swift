internal import Postgres

/// Checks, before a query over a table is planned, that planning runs nobody's code with vecsteward's rights.
///
/// It asks for the code that planning could run (``ForeignCode``), and whether a `SHARE UPDATE EXCLUSIVE` lock of this session
/// keeps it that way, on the partitions of a partitioned table too. Ask after the lock was taken, with a snapshot that is
/// younger, and again after the views were created that the queries read: a view refers to objects and not to names.
struct PlanningGuard {
    /// Why a query must not be planned.
    enum Blocker {
        /// The first few objects with such code, in words.
        case foreignCode([String])
        /// Another table has the name now.
        case renamed
        /// The index has a value of a type that is not PostgreSQL's own.
        case foreignValue

        /// The reason, as the rest of a sentence about the index.
        var reason: String {
            switch self {
            case .foreignCode(let objects):
                "its table uses \(objects.joined(separator: ", ")), which would run with vecsteward's privileges"
            case .renamed: "its table has been renamed"
            case .foreignValue: "its key or predicate contains a value of a type that is not PostgreSQL's own"
            }
        }
    }

    /// The index that the query is for.
    let indexOID: Int64
    /// Its table.
    let tableOID: Int64

    /// Runs some statements in the open transaction, and asks.
    ///
    /// - Parameters:
    ///   - statements: What to do first.
    ///   - views: The views that the queries read; none before they are there.
    ///   - connection: A connection in a transaction.
    ///   - timeout: The time for all of it.
    /// - Returns: Why the query must not be planned; `nil` if it may be.
    /// - Throws: When the server refuses or the connection is lost.
    func blocker(
        after statements: [Statement],
        views: [String],
        on connection: inout Connection,
        timeout: Duration
    ) async throws(PostgresError) -> Blocker? {
        let results = try await connection.pipeline(
            statements + [
                Statement(PackageResources.planning_guard_sql, [indexOID, views]),
                ForeignCode.statement(table: tableOID, views: views),
            ],
            timeout: timeout
        )
        let objects = try ForeignCode.names(results[results.count - 1])
        if !objects.isEmpty { return .foreignCode(objects) }
        guard let row = results[results.count - 2].first, try row["is_locked", as: Bool.self],
            try row["is_over_table", as: Bool.self]
        else { return .renamed }
        return try row["has_value_of_extension", as: Bool.self] ? .foreignValue : nil
    }
}
