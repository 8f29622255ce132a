internal import Advisor
internal import Postgres

/// The parts in which a pass reads the tables, one COPY after the other.
protocol PassParts {
    /// Prepares the next part; `nil` after the last one.
    mutating func next(on connection: inout Connection) async throws(PostgresError) -> PassPart?

    /// Ends a part that was read to its end.
    mutating func end(on connection: inout Connection) async throws(PostgresError)
}

/// One part of a pass.
struct PassPart {
    /// A `COPY ... TO STDOUT (FORMAT binary)` of the vectors, behind the values by which they are grouped.
    var sql: String
    /// The longest time for it; the server ends it after that.
    var limit: Duration
}

/// Each table whole, in the open transaction, so that all are read in one snapshot.
///
/// `COPY` of a table is not planned and runs nothing that the table carries. Of an index on an expression, or on a part of the
/// rows, the server has to say what it has, which is planned, under the lock.
struct WholeTables: PassParts {
    private var sources: ArraySlice<String>
    private let end: ContinuousClock.Instant

    /// - Parameters:
    ///   - tables: The tables, which COPY takes only one by one.
    ///   - measured: The index.
    ///   - group: The column that is read besides.
    ///   - budget: The time for all of them.
    init(
        _ tables: [RecallTable],
        of measured: MeasuredIndex,
        groupedBy group: RecallGroupColumn?,
        within budget: Duration
    ) {
        let column = Identifier(measured.collection.name.column)
        sources =
            measured.isReadByServer
            ? ["(SELECT * FROM \(RecallViews.rows))"]
            : tables.map { "\($0.qualified.sql) (\(group?.prefix ?? "")\(column))" }[...]
        end = ContinuousClock.now + budget
    }

    mutating func next(on connection: inout Connection) async throws(PostgresError) -> PassPart? {
        guard let source = sources.popFirst() else { return nil }
        // With no time left it would have no limit.
        let left = max(.milliseconds(1), ContinuousClock.now.duration(to: end))
        _ = try await connection.query(Self.timeout(left), timeout: .seconds(35))
        return PassPart(sql: "COPY \(source) TO STDOUT (FORMAT binary)", limit: left)
    }

    func end(on connection: inout Connection) async throws(PostgresError) {}

    /// Lets the server end a statement of the transaction that takes longer.
    static func timeout(_ limit: Duration) -> Statement {
        "SELECT pg_catalog.set_config('statement_timeout', \(limit.setting), TRUE)"
    }
}
