internal import Advisor
internal import Postgres
internal import Recall

/// Searches through an index, in a transaction that is rolled back.
///
/// They are planned, so they come only after ``ForeignCode`` has found nothing, and while a lock of another session keeps it
/// that way. The transaction begins after that lock was taken, so its snapshot shows what the lock protects. The searches
/// read a view, which refers to objects and not to names.
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
    /// A row of `planner_check_index.sql` about the index.
    let definition: Row
    /// The session that holds the lock.
    let lockHolder: Int32
    /// The settings of transactions that read.
    let transaction: ReadOnlyTransaction
    /// Gets the share of the searches that are done.
    let onProgress: @Sendable (Double) -> Void

    private static let searchView = "pg_temp.vecsteward_search"
    private static let sampleView = "pg_temp.vecsteward_sample"

    /// The statement that takes the lock, in the other session.
    static func lock(_ definition: Row) throws(PostgresError) -> Statement {
        let table = try table(definition)
        return "LOCK TABLE ONLY \(table) IN SHARE UPDATE EXCLUSIVE MODE"
    }

    private static func table(_ definition: Row) throws(PostgresError) -> QualifiedName {
        Identifier.qualified(
            try definition["table_schema", as: String.self],
            try definition["table", as: String.self]
        )
    }

    /// Begins the transaction, and runs the searches in it.
    func run(_ connection: inout Connection) async throws(PostgresError) -> Result<Found, RecallRefusal> {
        let opening = transaction.opening("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ WRITE")
        // As the application plans: without what spares the server in a poll.
        let resets: [Statement] = ["RESET max_parallel_workers_per_gather", "RESET jit", "RESET work_mem"]
        _ = try await connection.pipeline(opening + resets, timeout: transaction.patience)
        return try await search(&connection)
    }

    /// What an error of the server means for the measurement.
    static func refusal(_ error: PostgresError, of measured: MeasuredIndex) -> RecallRefusal {
        let table = Identifier.qualified(measured.relation.schema, measured.relation.table)
        switch error.sqlState {
        case .lockNotAvailable:
            return RecallRefusal(
                "somebody holds a lock on the table",
                hint: "A build, VACUUM or ALTER TABLE does. Try again when it has ended."
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

    private func search(_ connection: inout Connection) async throws(PostgresError) -> Result<Found, RecallRefusal> {
        var now = 0.0
        if let blocker = try await blocker(after: nil, view: nil, &now, &connection) { return .failure(blocker) }
        let table = try Self.table(definition).sql
        let key = try definition["key", as: String.self]
        var type = try definition["type", as: String.self]
        // Without quotes it is bit(1).
        if type == "bit" { type = "pg_catalog.\"bit\"" }
        let schema = Identifier(try definition["operator_schema", as: String.self])
        let sign = try definition["operator", as: String.self]
        let limit = request.k + (request.vectors.isEmpty ? 1 : 0)
        let searching: String = """
            CREATE TEMPORARY VIEW \(Self.searchView) AS
            SELECT ctid::text AS place, (\(key))::text AS vector
            FROM ONLY \(table)
            ORDER BY \(key) OPERATOR(\(schema).\(sign)) (current_setting('vecsteward.query')::\(type))
            LIMIT \(limit)
            """
        let sampling: String = """
            CREATE TEMPORARY VIEW \(Self.sampleView) AS
            SELECT ctid::text AS place, (\(key))::text AS vector
            FROM ONLY \(table)
            WHERE ctid = ANY (current_setting('vecsteward.places')::tid[]) AND (\(key)) IS NOT NULL
            """
        for (view, sql) in [(Self.searchView, searching), (Self.sampleView, sampling)] {
            if let blocker = try await blocker(after: Statement(sql), view: view, &now, &connection) {
                return .failure(blocker)
            }
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

    /// Why planning is not safe, after a statement has run; `nil` if it is safe.
    private func blocker(
        after statement: Statement?,
        view: String?,
        _ now: inout Double,
        _ connection: inout Connection
    ) async throws(PostgresError) -> RecallRefusal? {
        let statements = [
            statement,
            Statement(PackageResources.recall_binding_sql, [Int64(measured.index.oid), Int(lockHolder), view]),
            ForeignCode.statement(table: Int64(measured.relation.oid), view: view),
        ]
        let results = try await connection.pipeline(statements.compactMap { $0 }, timeout: transaction.patience)
        let owners = try ForeignCode.names(results[results.count - 1])
        if !owners.isEmpty {
            return RecallRefusal(
                "the table uses \(owners.joined(separator: ", ")), which would run with vecsteward's privileges",
                hint:
                    "A measurement has to plan searches, and planning runs that code. Measure as the owner of the table."
            )
        }
        guard let row = results[results.count - 2].first, try row["is_locked", as: Bool.self],
            try row["is_over_table", as: Bool.self]
        else { return RecallRefusal("the table was renamed or replaced meanwhile", hint: "Run the command again.") }
        if try row["has_value_of_extension", as: Bool.self] {
            return RecallRefusal(
                "the index contains a value of a type that is not PostgreSQL's own",
                hint:
                    "Parsing it could run code of others with vecsteward's privileges. Measure another index with --index."
            )
        }
        now = try row["now", as: Double.self]
        return nil
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
                [setting, Self.reading(Self.sampleView)],
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
        var held = settings
        for (name, setting) in settings.sorted(by: { $0.key < $1.key }) {
            let statement: Statement = "SELECT pg_catalog.set_config(\(name), \(setting.value), TRUE)"
            _ = try await connection.query(statement, timeout: transaction.patience)
        }
        for name in MeasuredIndex.settingNames(of: measured.index.method) where held[name] == nil {
            let statement: Statement = "SELECT pg_catalog.current_setting(\(name), TRUE) AS value"
            if let value = try await connection.query(statement, timeout: transaction.patience).one()[
                "value",
                as: String?.self
            ] {
                held[name] = SearchSetting(value, value == SearchSetting.builtIn[name] ? .builtIn : .server)
            }
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
            [set(query), Statement("EXPLAIN (FORMAT JSON) " + Self.reading(Self.searchView).sql)],
            timeout: transaction.patience
        )[1].one()[0, as: String.self]
        let rows = try await connection.query(
            Statement(PackageResources.planner_check_plan_sql, [plan]),
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
            Self.reading(Self.searchView),
            timeout: transaction.patience
        )
        let milliseconds = start.duration(to: .now) / .milliseconds(1)
        var answer = Answer(rows: [], milliseconds: milliseconds)
        for row in rows { answer.rows.append((try row["place", as: String.self], try vector(row))) }
        return answer
    }
}
