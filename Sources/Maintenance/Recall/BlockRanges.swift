internal import Advisor
internal import Postgres
internal import Recall

/// Ranges of blocks of the tables, each in a short transaction of its own, so that no snapshot is held for long.
///
/// A range is planned, so each transaction takes the lock, looks for code of others and reads a temporary view, as the searches
/// do. A row that is updated between two ranges is met twice or not at all; the server's statistics say how many there may be.
struct BlockRanges: PassParts {
    /// What the ranges were, once all are read.
    struct Summary {
        var ranges = 0
        /// Rows that were inserted, updated and deleted meanwhile, as far as the server has counted them.
        var changedRows: Int64 = 0
        /// The longest time for which one of them held a snapshot.
        var longest = Duration.zero
    }

    let measured: MeasuredIndex
    let views: RecallViews
    let tables: [RecallTable]
    let group: RecallGroupColumn?
    let transaction: ReadOnlyTransaction
    let request: RecallRequest
    /// When all of them have to be read.
    let deadline: ContinuousClock.Instant
    /// What the tables were when the index was searched.
    let before: TableState

    private(set) var summary = Summary()
    /// Why the pass ends early, where that is no error of the server.
    private(set) var refusal: RecallRefusal?
    private var table = 0
    private var block: Int64 = 0
    private var pages: Int64
    private var begun = ContinuousClock.now

    /// The pages that no table has.
    private static let lastPage: Int64 = 4_294_967_294
    private static let pause = Duration.seconds(1)

    /// The state of all tables together.
    struct TableState {
        var writes: Int64
        var files: String

        static func statement(_ tables: [RecallTable]) -> Statement {
            Statement(PackageResources.recall_table_state_sql, [tables.map(\.oid)])
        }

        init(_ row: Row) throws(PostgresError) {
            writes = try row["writes", as: Int64.self]
            files = try row["files", as: String.self]
        }
    }

    /// Begins at the first block, and ends at the deadline; one pass over all tables is expected to take so many seconds.
    init(
        of measured: MeasuredIndex,
        _ views: RecallViews,
        _ tables: [RecallTable],
        groupedBy group: RecallGroupColumn?,
        in transaction: ReadOnlyTransaction,
        for request: RecallRequest,
        until deadline: ContinuousClock.Instant,
        seconds: Double,
        before: TableState
    ) {
        self.measured = measured
        self.views = views
        self.tables = tables.filter { $0.pages > 0 }
        self.group = group
        self.transaction = transaction
        self.request = request
        self.before = before
        self.deadline = deadline
        let all = Double(tables.reduce(0) { $0 + $1.pages })
        // The first range shows how good the estimate is, so it is small: a slow one must not be ended.
        pages = request.pagesPerRange ?? max(1, Int64(all * (Self.aim(request) / .seconds(4)) / max(seconds, 0.001)))
    }

    /// How long a range is to take: a third of what it may.
    private static func aim(_ request: RecallRequest) -> Duration { request.longestSnapshot / 3 }

    mutating func next(on connection: inout Connection) async throws(PostgresError) -> PassPart? {
        guard table < tables.count else { return nil }
        guard try await begin(&connection) else { return nil }
        let current = tables[table]
        let definition = views.range(of: current, reading: measured, group: group)
        for (statements, names) in [([], []), ([definition], [RecallViews.range])] as [([Statement], [String])] {
            let planning = PlanningGuard(indexOID: Int64(measured.index.oid), tableOID: Int64(measured.tableOID))
            if let blocker = try await planning.blocker(
                after: statements,
                views: names,
                on: &connection,
                timeout: transaction.patience
            ) {
                _ = try await connection.query("ROLLBACK", timeout: transaction.patience)
                refusal = RecallRefusal(blocker)
                return nil
            }
        }
        // Rows that were added since belong to the last range.
        let end = block + pages >= current.pages ? Self.lastPage : block + pages
        let limit = min(request.longestSnapshot, max(.milliseconds(1), ContinuousClock.now.duration(to: deadline)))
        _ = try await connection.pipeline(
            [
                "SELECT pg_catalog.set_config('vecsteward.from', \("(\(block),0)"), TRUE)",
                "SELECT pg_catalog.set_config('vecsteward.to', \("(\(end),0)"), TRUE)", WholeTables.timeout(limit),
            ],
            timeout: transaction.patience
        )
        return PassPart(sql: "COPY (SELECT * FROM \(RecallViews.range)) TO STDOUT (FORMAT binary)", limit: limit)
    }

    /// Begins a transaction under the lock, for which it waits between two tries; false when it may not.
    private mutating func begin(_ connection: inout Connection) async throws(PostgresError) -> Bool {
        let opening =
            [
                "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ WRITE", "SET LOCAL lock_timeout = '500ms'",
                "LOCK TABLE \(unescaped: views.only)\(views.table) IN SHARE UPDATE EXCLUSIVE MODE",
            ] + transaction.settingStatements
            + ["SET LOCAL constraint_exclusion = 'partition'", TableState.statement(tables)]
        while true {
            begun = .now
            guard begun < deadline else {
                refusal = .overrun(request.budget)
                return false
            }
            do throws(PostgresError) {
                let results = try await connection.pipeline(opening, timeout: transaction.patience)
                let state = try TableState(results[results.count - 1].one())
                guard state.files == before.files else {
                    _ = try await connection.query("ROLLBACK", timeout: transaction.patience)
                    refusal = RecallRefusal(
                        "the table was written anew meanwhile, as TRUNCATE, CLUSTER and VACUUM FULL do",
                        hint: "Run the command again.",
                        isPassing: true
                    )
                    return false
                }
                return true
            } catch {
                // A build or VACUUM of the table, which may take a while.
                guard error.sqlState == .lockNotAvailable else { throw error }
            }
            do {
                try await Task.sleep(for: Self.pause)
            } catch {
                throw PostgresError(.cancelled, "cancelled between two ranges of blocks")
            }
        }
    }

    mutating func end(on connection: inout Connection) async throws(PostgresError) {
        _ = try await connection.query("ROLLBACK", timeout: transaction.patience)
        let taken = begun.duration(to: .now)
        summary.ranges += 1
        summary.longest = max(summary.longest, taken)
        block += pages
        if block >= tables[table].pages {
            table += 1
            block = 0
        }
        if request.pagesPerRange == nil {
            let fitting = Double(pages) * (Self.aim(request) / max(taken, .milliseconds(1)))
            pages = max(1, Int64(min(fitting, 8 * Double(pages))))
        }
        guard table == tables.count else { return }
        let rows = try await connection.read([TableState.statement(tables)], in: transaction)[0]
        summary.changedRows = max(0, try TableState(rows.one()).writes - before.writes)
    }
}

extension RecallRefusal {
    /// Why a search, or a range of blocks, must not be planned.
    init(_ blocker: PlanningGuard.Blocker) {
        let hint =
            switch blocker {
            case .foreignCode:
                "A measurement has to plan searches, and planning runs that code. Measure as the owner of the table."
            case .renamed: "Run the command again."
            case .foreignValue: "Measure another index with --index."
            }
        self.init(blocker.reason, hint: hint)
    }
}
