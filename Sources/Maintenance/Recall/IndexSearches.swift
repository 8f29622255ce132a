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
        /// The value that each wants, with the column; `nil` if they want all rows.
        var groups: (column: RecallGroupColumn, values: [String])?
        /// How many searches the planner would carry out without the index; they are in no list.
        var searchesWithoutIndex: Int
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
            Statement(PackageResources.recall_group_column_sql, [Int64(measured.tableOID), request.groupBy]),
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
        guard let name = request.groupBy else {
            return try await search(in: tables, groupedBy: nil, at: now, &connection)
        }
        guard let row = results[results.count - 3].first,
            let type = GroupType(rawValue: try row["type", as: String.self])
        else {
            return .failure(
                RecallRefusal(
                    "the table has no column \(Identifier(name)) to group by",
                    hint: "It has to be of type smallint, integer, bigint, text, varchar, uuid or boolean.",
                    isOfRequest: true
                )
            )
        }
        let column = RecallGroupColumn(name: name, type: type)
        return try await search(in: tables, groupedBy: column, at: now, &connection)
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

    /// A vector to search for, with the value that its search wants.
    struct Query {
        /// Where the vector is stored.
        var place: String?
        var group: String?
        var vector: StoredVector
    }

    private func search(
        in tables: [RecallTable],
        groupedBy group: RecallGroupColumn?,
        at now: Double,
        _ connection: inout Connection
    ) async throws(PostgresError) -> Result<Found, RecallRefusal> {
        let snapshotEnd = ContinuousClock.now + request.longestSnapshot
        if let blocker = try await blocker(after: [], views: [], &connection) { return .failure(blocker) }
        let isSampling = request.vectors.isEmpty || group != nil
        let sampled = isSampling ? tables.filter { $0.pages > 0 } : []
        let definitions = views.definitions(
            limit: request.k + (request.vectors.isEmpty ? 1 : 0),
            sampled: sampled,
            hasRows: measured.isReadByServer,
            group: group
        )
        if let blocker = try await blocker(
            after: definitions.map(\.statement),
            views: definitions.map(\.view),
            &connection
        ) {
            return .failure(blocker)
        }
        // Drawing vectors and searching for them hold the locks, so that has an end.
        let deadline = ContinuousClock.now + request.searchBudget
        var queries: [Query] = []
        if isSampling {
            queries = try await sample(of: sampled, isGrouped: group != nil, until: deadline, &connection)
            guard !queries.isEmpty else {
                guard ContinuousClock.now < deadline else { return .failure(tooSlow(0, of: request.queries)) }
                return .failure(nothingDrawn(from: sampled))
            }
        }
        if !request.vectors.isEmpty {
            // The stored vectors only say which values occur.
            let drawn = queries
            queries = request.vectors.enumerated().map { number, vector in
                Query(
                    group: drawn.isEmpty ? nil : drawn[number % drawn.count].group,
                    vector: measured.type == .halfvec ? vector.inHalfPrecision : vector
                )
            }
        }
        var settings = try await apply(measured.settings, &connection)
        if findsItself, let setting = measured.effortSetting, let present = settings[setting].flatMap({ Int($0.value) })
        {
            try await setEffort(present, &connection)
        }
        var scans = try await scans(for: queries[0], &connection)
        if group == nil, let refusal = scans.refusal(of: measured) { return .failure(refusal) }
        // The planner has loaded the library of the method, which defines them.
        if case .other(let method) = measured.index.method {
            settings.merge(try await ownSettings(of: method, &connection)) { setting, _ in setting }
        }
        let vectors = queries.map(\.vector)
        let search = measured.exactSearch(for: vectors, neighbours: 1)
        var answers: [Answer] = []
        var answered: [Query] = []
        var refusal: RecallRefusal?
        var partitions: PartitionScans?
        for (number, query) in queries.enumerated() {
            guard ContinuousClock.now < deadline else { return .failure(tooSlow(answers.count, of: queries.count)) }
            // What the planner takes depends on the value.
            if group != nil {
                scans = try await self.scans(for: query, &connection)
                if let other = scans.refusal(of: measured) {
                    refusal = other
                    continue
                }
            }
            // Each value may have partitions of its own: those with the most that are read whole are said.
            let read = scans.partitions(of: measured)
            if group == nil || (read?.readWhole ?? 0) > (partitions?.readWhole ?? 0) { partitions = read }
            answers.append(try await answer(to: query, number, search, &connection))
            answered.append(query)
            onProgress(Double(number + 1) / Double(queries.count))
        }
        if answered.isEmpty, let refusal { return .failure(refusal) }
        var found = Found(
            queries: answered.map(\.vector),
            groups: group.map { ($0, answered.map { $0.group ?? "" }) },
            searchesWithoutIndex: queries.count - answered.count,
            answers: answers,
            settings: settings,
            tables: tables,
            partitions: partitions,
            now: now
        )
        if request.hasCurve || request.isWithMoreEffort {
            try await attempt(queries, search, &found, until: snapshotEnd, &connection)
        }
        return .success(found)
    }

    /// Why there is nothing to search for: where only some places were drawn, there may be rows in others.
    private func nothingDrawn(from tables: [RecallTable]) -> RecallRefusal {
        let isPartial = measured.index.predicate != nil
        let hint = "Give vectors with --queries FILE."
        let value = request.groupBy.map { " beside a value of \(Identifier($0))" } ?? ""
        guard !hasFewPlaces(tables) else {
            let what = isPartial ? "index \(Identifier(measured.index.name))" : "the table"
            return RecallRefusal("\(what) has no vector to search for\(value)", hint: hint)
        }
        return RecallRefusal(
            "no row with a vector\(value) was drawn"
                + (isPartial ? " that index \(Identifier(measured.index.name)) has: it has few of the rows" : ""),
            hint: hint
        )
    }

    /// The locks are held while it searches, so that has an end too.
    private func tooSlow(_ number: Int, of all: Int) -> RecallRefusal {
        RecallRefusal(
            "\(number) of \(all) searches through the index took the whole budget, "
                + "\(Numbers.decimal(request.searchBudget / .seconds(1), digits: 3)) s",
            hint: request.budget < request.longestSnapshot
                ? "Give it more time with --budget, or fewer vectors with --queries."
                : "Give it fewer vectors with --queries: all searches share one snapshot, which is not held for longer.",
            isOverrun: request.budget < request.longestSnapshot
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
        return blocker.map { RecallRefusal($0) }
    }

    static func reading(_ view: String) -> Statement { "SELECT * FROM \(unescaped: view)" }

    func vector(_ row: Row) throws(PostgresError) -> StoredVector {
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

    /// Lets the searches that follow read as much of the index as searches of the application do with this value.
    ///
    /// A stored vector finds itself, and a search of a graph returns no more rows than it has candidates. So it gets one more,
    /// which leaves as many for the others.
    func setEffort(_ value: Int, _ connection: inout Connection) async throws(PostgresError) {
        guard let setting = measured.effortSetting else { return }
        let value = findsItself ? min(SearchSetting.mostCandidates, value + 1) : value
        _ = try await connection.query(
            "SELECT pg_catalog.set_config(\(setting), \(String(value)), TRUE)",
            timeout: transaction.patience
        )
    }

    /// Whether what is searched for is among the candidates of a graph.
    private var findsItself: Bool { measured.index.method == .hnsw && request.vectors.isEmpty }

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

    private func set(_ query: Query) -> Statement {
        """
        SELECT
            pg_catalog.set_config('vecsteward.query', \(query.vector.text), TRUE),
            pg_catalog.set_config('vecsteward.group', \(query.group ?? ""), TRUE)
        """
    }

    /// How the planner would carry out a search.
    func scans(
        for query: Query,
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
        _ = try await connection.query(set(query), timeout: transaction.patience)
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
