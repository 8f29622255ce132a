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
        var rows: [(place: String, vector: StoredVector)]
        var milliseconds: Double
    }

    /// What all of them returned.
    struct Found {
        var queries: [StoredVector]
        var answers: [Answer]
        /// The settings that held.
        var settings: [String: SearchSetting]
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
        let beginning: [Statement] = [
            "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ WRITE", "SET LOCAL lock_timeout = '500ms'",
            "LOCK TABLE ONLY \(views.table) IN ACCESS SHARE MODE", "SAVEPOINT vecsteward_searches",
            "LOCK TABLE ONLY \(views.table) IN SHARE UPDATE EXCLUSIVE MODE",
        ]
        // As the application plans: without what spares the server in a poll.
        let ending: [Statement] = [
            "RESET max_parallel_workers_per_gather", "RESET jit", "RESET work_mem",
            "SELECT extract(EPOCH FROM statement_timestamp())::float8 AS now",
        ]
        let results = try await connection.pipeline(
            beginning + transaction.settingStatements + ending,
            timeout: transaction.patience
        )
        return try await search(at: results[results.count - 1].one()["now", as: Double.self], &connection)
    }

    /// What an error of the server means for the measurement.
    static func refusal(_ error: PostgresError, of measured: MeasuredIndex) -> RecallRefusal {
        let table = Identifier.qualified(measured.relation.schema, measured.relation.table)
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
            )
        default:
            return RecallRefusal(error.message, hint: error.hint ?? "The server refused a search of the measurement.")
        }
    }

    private func search(
        at now: Double,
        _ connection: inout Connection
    ) async throws(PostgresError) -> Result<Found, RecallRefusal> {
        if let blocker = try await blocker(after: [], view: nil, &connection) { return .failure(blocker) }
        let definitions = views.definitions(
            limit: request.k + (request.vectors.isEmpty ? 1 : 0),
            hasRows: measured.isReadByServer
        )
        for (view, statement) in definitions {
            if let blocker = try await blocker(after: [statement], view: view, &connection) { return .failure(blocker) }
        }
        var queries: [(place: String?, vector: StoredVector)] = []
        if request.vectors.isEmpty {
            queries = try await sample(&connection)
            guard !queries.isEmpty else {
                return .failure(
                    RecallRefusal("the table has no vector to search for", hint: "Give vectors with --queries FILE.")
                )
            }
        } else {
            queries = request.vectors.map { vector in
                let vector = StoredVector.dense(vector)
                return (nil, measured.type == .halfvec ? vector.inHalfPrecision : vector)
            }
        }
        let settings = try await apply(measured.settings, &connection)
        if let refusal = try await planned(for: queries[0].vector, &connection) { return .failure(refusal) }
        var answers: [Answer] = []
        for (number, query) in queries.enumerated() {
            var answer = try await answer(to: query.vector, &connection)
            // A stored vector finds itself.
            if let place = query.place { answer.rows.removeAll { $0.place == place } }
            answer.rows = Array(answer.rows.prefix(request.k))
            answers.append(answer)
            onProgress(Double(number + 1) / Double(queries.count))
        }
        return .success(Found(queries: queries.map(\.vector), answers: answers, settings: settings, now: now))
    }

    /// Why planning is not safe, after some statements have run; `nil` if it is safe.
    private func blocker(
        after statements: [Statement],
        view: String?,
        _ connection: inout Connection
    ) async throws(PostgresError) -> RecallRefusal? {
        let planning = PlanningGuard(
            indexOID: Int64(measured.index.oid),
            tableOID: Int64(measured.relation.oid)
        )
        let blocker = try await planning.blocker(
            after: statements,
            view: view,
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

    /// Draws stored vectors from random places all over the table.
    private func sample(
        _ connection: inout Connection
    ) async throws(PostgresError) -> [(place: String?, vector: StoredVector)] {
        let statistics = measured.relation.statistics
        let pages = max(1, statistics.currentPages ?? statistics.relpages)
        // Updates leave rows at higher places than a page has rows; 291 is the most places that it has. A place without a row
        // costs little.
        let rowsPerPage = (Double(max(0, measured.relation.rows.value)) / Double(pages)).rounded(.up)
        let placesPerPage = Int(min(291, 3 * rowsPerPage + 10))
        var drawn: [String: StoredVector] = [:]
        var order: [String] = []
        for _ in 0..<8 where order.count < request.queries {
            let places = (0..<(8 * request.queries)).map { _ in
                "\"(\(Int64.random(in: 0..<pages)),\(Int.random(in: 1...placesPerPage)))\""
            }
            let list = "{" + places.joined(separator: ",") + "}"
            let setting: Statement =
                "SELECT pg_catalog.set_config('vecsteward.places', \(list), TRUE)"
            let rows = try await connection.pipeline(
                [setting, Self.reading(RecallViews.sample)],
                timeout: transaction.patience
            )[1]
            for row in rows.shuffled() {
                let place = try row["place", as: String.self]
                guard drawn[place] == nil, order.count < request.queries else { continue }
                drawn[place] = try vector(row)
                order.append(place)
            }
        }
        return order.compactMap { place in drawn[place].map { (place, $0) } }
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

    private func set(_ query: StoredVector) -> Statement {
        "SELECT pg_catalog.set_config('vecsteward.query', \(query.text), TRUE)"
    }

    /// Why a search would not take the index; `nil` if it does.
    private func planned(
        for query: StoredVector,
        _ connection: inout Connection
    ) async throws(PostgresError) -> RecallRefusal? {
        let plan = try await connection.pipeline(
            [set(query), Statement("EXPLAIN (FORMAT JSON) " + Self.reading(RecallViews.search).sql)],
            timeout: transaction.patience
        )[1].one()[0, as: String.self]
        let rows = try await connection.query(
            Statement(PackageResources.plan_indexes_sql, [plan]),
            timeout: transaction.patience
        )
        var names: [String] = []
        for row in rows { names.append(try row["index", as: String.self]) }
        let own = measured.index.name
        if names == [own] { return nil }
        guard let other = names.first else {
            return RecallRefusal(
                "the planner reads the whole table instead of index \(Identifier(own)) at these settings",
                hint:
                    "Such a search finds all nearest rows, slowly. The planner takes the index with fewer probes or a smaller "
                    + "ef_search, once the table is larger or analyzed, or once transactions that are older than the index have ended."
            )
        }
        return RecallRefusal(
            "the planner takes index \(Identifier(other)) instead of \(Identifier(own)) for these searches",
            hint: "Measure that one with --index, and drop the other if no search needs it."
        )
    }

    private func answer(
        to query: StoredVector,
        _ connection: inout Connection
    ) async throws(PostgresError) -> Answer {
        _ = try await connection.query(set(query), timeout: transaction.patience)
        let start = ContinuousClock.now
        let rows = try await connection.query(
            Self.reading(RecallViews.search),
            timeout: transaction.patience
        )
        let milliseconds = start.duration(to: .now) / .milliseconds(1)
        var answer = Answer(rows: [], milliseconds: milliseconds)
        for row in rows { answer.rows.append((try row["place", as: String.self], try vector(row))) }
        return answer
    }
}
