internal import Advisor
internal import Postgres
internal import Recall

/// Searches through an index, in a transaction that is rolled back.
///
/// They are planned, so they come only after ``PlanningGuard`` has found nothing. The transaction takes the lock before its
/// snapshot, which LOCK does not take, so the snapshot shows what the lock protects. All of it stands after a savepoint:
/// going back there ends the lock and the views, and keeps the snapshot for the pass over the table.
struct IndexSearches {
    /// What a search returned.
    struct Answer {
        /// The distances of the rows, computed as the pass computes them.
        var distances: [Float]
        var milliseconds: Double
    }

    /// What the searches returned at one value of a setting.
    struct Attempt {
        var value: Int
        var answers: [Answer]
    }

    /// What all of them returned.
    struct Found {
        var queries: [StoredVector]
        var answers: [Answer]
        /// What they returned at other settings.
        var attempts: [Attempt] = []
        /// Why there are no further attempts.
        var attemptsEnd: String?
        /// The settings that held.
        var settings: [String: SearchSetting]
        /// The tables with the rows.
        var tables: [RecallTable]
        /// How the searches read the partitions; `nil` for an index of one table.
        var partitions: PartitionScans?
        /// When, by the server's clock, in seconds since 1970 UTC.
        var now: Double
    }

    /// A vector to search for.
    struct Query {
        /// Where it is stored; `nil` if it is not from the table.
        var place: String?
        var vector: StoredVector
    }

    let measured: MeasuredIndex
    let request: RecallRequest
    let views: RecallViews
    /// The settings of transactions that read.
    let transaction: ReadOnlyTransaction
    /// Gets the share of the searches that are done.
    let onProgress: @Sendable (Double) -> Void

    /// Goes back to before the searches, to the same snapshot without their lock.
    static let undo: Statement = "ROLLBACK TO SAVEPOINT vecsteward_searches"

    /// Begins the transaction, and runs the searches in it.
    func run(_ connection: inout Connection) async throws(PostgresError) -> Result<Found, RecallRefusal> {
        // No statement before the locks takes a snapshot. The first lock stays: TRUNCATE would take the rows from the snapshot.
        // Without ONLY they are on all partitions, after the lock of the partitioned table, which keeps others from attaching
        // or detaching one.
        let beginning: [Statement] = [
            "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ WRITE", "SET LOCAL lock_timeout = '500ms'",
            "LOCK TABLE \(unescaped: views.only)\(views.table) IN ACCESS SHARE MODE", "SAVEPOINT vecsteward_searches",
            "LOCK TABLE \(unescaped: views.only)\(views.table) IN SHARE UPDATE EXCLUSIVE MODE",
        ]
        // As the application plans: without what spares the server in a poll.
        let ending: [Statement] = [
            // Otherwise a search of one partition alone plans what its parents are partitioned by, at which nobody looks.
            "SET LOCAL constraint_exclusion = 'partition'",
            "RESET max_parallel_workers_per_gather", "RESET jit", "RESET work_mem",
            Statement(PackageResources.recall_tables_sql, [Int64(measured.tableOID)]),
            "SELECT extract(EPOCH FROM statement_timestamp())::float8 AS now",
        ]
        let results = try await connection.pipeline(
            beginning + transaction.settingStatements + ending,
            timeout: transaction.patience
        )
        var tables: [RecallTable] = []
        for row in results[results.count - 2] { tables.append(try RecallTable(row)) }
        if let foreign = tables.first(where: \.isForeign) {
            return .failure(
                RecallRefusal(
                    "partition \(foreign.words) is a foreign table, so another server searches it",
                    hint: "Measure the index of another partition with --index."
                )
            )
        }
        let now = try results[results.count - 1].one()["now", as: Double.self]
        return try await search(in: tables, at: now, &connection)
    }

    /// What an error of the server means for the measurement.
    static func refusal(_ error: PostgresError, of measured: MeasuredIndex) -> RecallRefusal {
        let table = Identifier.qualified(measured.table.schema, measured.table.name)
        switch error.sqlState {
        case .lockNotAvailable:
            return RecallRefusal(
                "somebody holds a lock on the table",
                hint: "A build, VACUUM or ALTER TABLE does. Try again when it has ended.",
                isPassing: true
            )
        case .insufficientPrivilege:
            return RecallRefusal(
                error.message,
                hint:
                    "Measuring needs SELECT and a lock on the table: GRANT SELECT, UPDATE ON \(table.sql) TO the role of "
                    + "vecsteward, or let it be a member of the owner."
                    + (measured.isPartitioned ? " It reads each partition, which needs SELECT on that." : "")
            )
        default:
            return RecallRefusal(error.message, hint: error.hint ?? "The server refused a search of the measurement.")
        }
    }

    private func search(
        in tables: [RecallTable],
        at now: Double,
        _ connection: inout Connection
    ) async throws(PostgresError) -> Result<Found, RecallRefusal> {
        if let blocker = try await blocker(after: [], views: [], &connection) { return .failure(blocker) }
        let isSampling = request.vectors.isEmpty
        let definitions = views.definitions(
            limit: request.k + (isSampling ? 1 : 0),
            sampled: isSampling ? tables.filter { $0.pages > 0 } : [],
            hasRows: measured.isReadByServer
        )
        if let blocker = try await blocker(
            after: definitions.map(\.statement),
            views: definitions.map(\.view),
            &connection
        ) {
            return .failure(blocker)
        }
        var queries: [Query] = []
        if isSampling {
            queries = try await sample(of: tables.filter { $0.pages > 0 }, &connection)
            guard !queries.isEmpty else {
                return .failure(
                    RecallRefusal("the table has no vector to search for", hint: "Give vectors with --queries FILE.")
                )
            }
        } else {
            queries = request.vectors.map { vector in
                let vector = StoredVector.dense(vector)
                return Query(place: nil, vector: measured.type == .halfvec ? vector.inHalfPrecision : vector)
            }
        }
        var settings = try await apply(measured.settings, &connection)
        let scans = try await scans(for: queries[0].vector, &connection)
        if let refusal = scans.refusal(of: measured) { return .failure(refusal) }
        // The planner has loaded the library of the method, which defines them.
        if case .other(let method) = measured.index.method {
            settings.merge(try await ownSettings(of: method, &connection)) { setting, _ in setting }
        }
        let vectors = queries.map(\.vector)
        let search = measured.exactSearch(for: vectors, neighbours: 1)
        let deadline = ContinuousClock.now + request.budget
        var answers: [Answer] = []
        for (number, query) in queries.enumerated() {
            guard ContinuousClock.now < deadline else { return .failure(tooSlow(answers.count, of: queries.count)) }
            answers.append(try await answer(to: query, number, search, &connection))
            onProgress(Double(number + 1) / Double(queries.count))
        }
        var found = Found(
            queries: vectors,
            answers: answers,
            settings: settings,
            tables: tables,
            partitions: scans.partitions(of: measured),
            now: now
        )
        if request.hasCurve || request.isLight { try await attempt(queries, search, &found, &connection) }
        return .success(found)
    }

    /// The locks are held while it searches, so that has an end too.
    private func tooSlow(_ number: Int, of all: Int) -> RecallRefusal {
        RecallRefusal(
            "\(number) of \(all) searches through the index took the whole budget, "
                + "\(Numbers.decimal(request.budget / .seconds(1), digits: 3)) s",
            hint: "Give it more time with --budget, or fewer vectors with --queries."
        )
    }

    /// Why planning is not safe, after some statements have run; `nil` if it is safe.
    private func blocker(
        after statements: [Statement],
        views: [String],
        _ connection: inout Connection
    ) async throws(PostgresError) -> RecallRefusal? {
        let planning = PlanningGuard(
            indexOID: Int64(measured.index.oid),
            tableOID: Int64(measured.tableOID)
        )
        let blocker = try await planning.blocker(
            after: statements,
            views: views,
            on: &connection,
            timeout: transaction.patience
        )
        return blocker.map { blocker in
            let hint =
                switch blocker {
                case .foreignCode:
                    "A measurement has to plan searches, and planning runs that code. Measure as the owner of the table."
                case .renamed: "Run the command again."
                case .foreignValue: "Measure another index with --index."
                }
            return RecallRefusal(blocker.reason, hint: hint)
        }
    }

    /// Draws stored vectors from random places all over the tables.
    ///
    /// Each place is as likely as any other, so those of each partition are drawn in proportion to its rows.
    private func sample(
        of tables: [RecallTable],
        _ connection: inout Connection
    ) async throws(PostgresError) -> [Query] {
        let pages = tables.reduce(0) { $0 + $1.pages }
        guard pages > 0 else { return [] }
        // Updates leave rows at higher places than a page has rows; 291 is the most places that it has. A place without a row
        // costs little.
        let rows = Dictionary(measured.relations.map { (Int64($0.oid), Double(max(0, $0.rows.value))) }) { rows, _ in
            rows
        }
        let rowsPerPage = tables.map { ((rows[$0.oid] ?? 0) / Double($0.pages)).rounded(.up) }.max() ?? 0
        let placesPerPage = Int(min(291, 3 * rowsPerPage + 10))
        var drawn: [String: StoredVector] = [:]
        var order: [String] = []
        for _ in 0..<8 where order.count < request.queries {
            var places = [[String]](repeating: [], count: tables.count)
            for _ in 0..<(8 * request.queries) {
                var page = Int64.random(in: 0..<pages)
                var table = 0
                while page >= tables[table].pages {
                    page -= tables[table].pages
                    table += 1
                }
                places[table].append("\"(\(page),\(Int.random(in: 1...placesPerPage)))\"")
            }
            var statements: [Statement] = []
            for (table, places) in zip(tables, places) where !places.isEmpty {
                let list = "{" + places.joined(separator: ",") + "}"
                statements.append("SELECT pg_catalog.set_config('vecsteward.places', \(list), TRUE)")
                statements.append(Self.reading(RecallViews.sample(of: table)))
            }
            let results = try await connection.pipeline(statements, timeout: transaction.patience)
            var found: [Row] = []
            for (number, rows) in results.enumerated() where number % 2 == 1 { found += rows }
            for row in found.shuffled() {
                let place = try row["place", as: String.self]
                guard drawn[place] == nil, order.count < request.queries else { continue }
                drawn[place] = try vector(row)
                order.append(place)
            }
        }
        return order.compactMap { place in drawn[place].map { Query(place: place, vector: $0) } }
    }

    private static func reading(_ view: String) -> Statement { "SELECT * FROM \(unescaped: view)" }

    private func vector(_ row: Row) throws(PostgresError) -> StoredVector {
        let text = try row["vector", as: String.self]
        do throws(UnreadableVector) {
            return try StoredVector(text, as: measured.type)
        } catch {
            throw PostgresError(.decoding, error.reason)
        }
    }

    /// Sets what the searches have set, and says what holds.
    private func apply(
        _ settings: [String: SearchSetting],
        _ connection: inout Connection
    ) async throws(PostgresError) -> [String: SearchSetting] {
        let others = measured.index.method.searchSettingNames.filter { settings[$0] == nil }
        let setting = settings.map { name, setting in
            "SELECT pg_catalog.set_config(\(name), \(setting.value), TRUE)" as Statement
        }
        let reading = others.map { "SELECT pg_catalog.current_setting(\($0), TRUE) AS value" as Statement }
        let results = try await connection.pipeline(setting + reading, timeout: transaction.patience)
        var held = settings
        for (name, rows) in zip(others, results.dropFirst(setting.count)) {
            guard let value = try rows.one()["value", as: String?.self] else { continue }
            held[name] = SearchSetting(value, value == SearchSetting.builtIn[name] ? .builtIn : .server)
        }
        return held
    }

    /// The settings that are named after a method, as they hold.
    private func ownSettings(
        of method: String,
        _ connection: inout Connection
    ) async throws(PostgresError) -> [String: SearchSetting] {
        let rows = try await connection.query(
            """
            SELECT name, pg_catalog.current_setting(name) AS value, source = 'default' AS is_default
            FROM pg_catalog.pg_settings
            WHERE pg_catalog.starts_with(name, \(method + "."))
            """,
            timeout: transaction.patience
        )
        var settings: [String: SearchSetting] = [:]
        for row in rows {
            settings[try row["name", as: String.self]] = SearchSetting(
                try row["value", as: String.self],
                try row["is_default", as: Bool.self] ? .builtIn : .server
            )
        }
        return settings
    }

    private func set(_ query: StoredVector) -> Statement {
        "SELECT pg_catalog.set_config('vecsteward.query', \(query.text), TRUE)"
    }

    /// How the planner would carry out a search.
    func scans(
        for query: StoredVector,
        _ connection: inout Connection
    ) async throws(PostgresError) -> RecallScans {
        let plan = try await connection.pipeline(
            [set(query), Statement("EXPLAIN (VERBOSE, FORMAT JSON) " + Self.reading(RecallViews.search).sql)],
            timeout: transaction.patience
        )[1].one()[0, as: String.self]
        return try RecallScans(
            try await connection.query(
                Statement(PackageResources.recall_scans_sql, [plan, Int64(measured.index.oid)]),
                timeout: transaction.patience
            )
        )
    }

    /// Searches for one of the queries.
    func answer(
        to query: Query,
        _ number: Int,
        _ search: ExactSearch,
        _ connection: inout Connection
    ) async throws(PostgresError) -> Answer {
        _ = try await connection.query(set(query.vector), timeout: transaction.patience)
        let start = ContinuousClock.now
        let rows = try await connection.query(
            Self.reading(RecallViews.search),
            timeout: transaction.patience
        )
        let milliseconds = start.duration(to: .now) / .milliseconds(1)
        var answer = Answer(distances: [], milliseconds: milliseconds)
        for row in rows where answer.distances.count < request.k {
            // A stored vector finds itself.
            if let place = query.place, place == (try row["place", as: String.self]) { continue }
            answer.distances.append(search.distance(of: try vector(row), from: number))
        }
        return answer
    }
}
