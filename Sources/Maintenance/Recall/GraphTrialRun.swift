internal import Advisor
internal import Postgres
internal import Recall

/// Builds HNSW graphs with other parameters on a sample of the rows, and searches them.
///
/// The sample stands in a temporary table of a session of its own, in one transaction that is rolled back: so nothing is left,
/// however it ends. Nothing is planned over a table of others, no lock is on one, and no snapshot is held between two statements.
struct GraphTrialRun {
    let connections: ConnectionPool
    let transaction: ReadOnlyTransaction
    let request: RecallRequest
    let measured: MeasuredIndex
    let serverVersion: Int
    /// The most memory of a build.
    let memoryBytes: Int64
    let onProgress: @Sendable (Double) -> Void

    /// The bytes of the sample in the table, and its rows: a graph of them takes some 40 MB, and seconds to build.
    private static let (mostBytes, mostRows) = (16 << 20, 20_000)
    private static let mostMemory: Int64 = 128 << 20
    private static let mostQueries = 100
    /// The bytes of text that are sent at a time.
    private static let portion = 1 << 20

    private static let table = "pg_temp.vecsteward_trial"

    /// How many rows a sample has at most.
    static func rows(dimensions: Int) -> Int {
        max(100, min(mostRows, mostBytes / (max(1, dimensions) * MemoryLayout<Float>.stride)))
    }

    /// The names of what the graphs are made of.
    private struct Names {
        var type: String
        var operatorClass: String
        var distanceOperator: String
    }

    /// Builds and searches, within the budget and within a minute.
    ///
    /// - Parameters:
    ///   - sample: The rows.
    ///   - vectors: What is searched for.
    ///   - present: The parameters of the index.
    ///   - settings: The settings of the searches, by name.
    ///   - recall: What the index itself was measured to find.
    /// - Returns: What was found; `nil` if not even the present parameters could be tried.
    /// - Throws: When the server refuses or the connection is lost.
    func run(
        on sample: SampledVectors,
        searchingFor vectors: [StoredVector],
        beside present: GraphTrials.Parameters,
        with settings: [String: String],
        measured recall: Double
    ) async throws(PostgresError) -> GraphTrials? {
        let deadline = ContinuousClock.now + request.searchBudget
        let queries = Self.some(of: vectors)
        let truth = truth(of: queries, among: sample)
        var connection = try await connections.open()
        guard let names = try await begin(&connection), let dimensions = queries.first?.dimensions else { return nil }
        let creation = "CREATE TEMPORARY TABLE \(Self.table) (v \(names.type)(\(dimensions))) ON COMMIT DROP"
        _ = try await connection.query(Statement(creation), timeout: transaction.patience)
        try await load(sample, names, &connection)
        var trials: [GraphTrials.Trial] = []
        var omitted: [GraphTrials.Parameters] = []
        let all = GraphTrials.Parameters.worthTrying(beside: present)
        for (number, parameters) in all.enumerated() {
            let left = ContinuousClock.now.duration(to: deadline)
            let expected = trials.last.map { $0.buildSeconds * parameters.work(comparedWith: $0.parameters) } ?? 0
            guard left > .zero, expected < left / .seconds(1) else {
                omitted.append(parameters)
                continue
            }
            do throws(PostgresError) {
                trials.append(
                    try await self.trial(
                        of: parameters,
                        names,
                        queries,
                        truth,
                        with: settings,
                        within: left,
                        &connection
                    )
                )
            } catch {
                guard error.sqlState == .queryCanceled, !Task.isCancelled else { throw error }
                _ = try await connection.query("ROLLBACK TO SAVEPOINT vecsteward_trial", timeout: transaction.patience)
                omitted.append(parameters)
            }
            onProgress(Double(number + 1) / Double(all.count))
        }
        _ = try await connection.query("ROLLBACK", timeout: transaction.patience)
        connection.close()
        guard trials.first?.parameters == present else { return nil }
        return GraphTrials(
            trials: trials,
            omitted: omitted,
            sampledRows: sample.count,
            queries: queries.count,
            measured: recall
        )
    }

    private static func some(of vectors: [StoredVector]) -> [StoredVector] {
        let count = min(mostQueries, vectors.count)
        return (0..<count).map { vectors[$0 * vectors.count / count] }
    }

    /// The exact search among the sample, as the table will have it.
    private func truth(of queries: [StoredVector], among sample: SampledVectors) -> ExactSearch {
        var truth = ExactSearch(
            queries,
            among: .vector,
            by: measured.metric,
            neighbours: request.k,
            isRounding: measured.type == .halfvec
        )
        for number in 0..<sample.count { truth.add(.dense(sample[number])) }
        truth.finish()
        return truth
    }

    /// Begins the transaction, and limits what it takes.
    private func begin(_ connection: inout Connection) async throws(PostgresError) -> Names? {
        let memory = min(Self.mostMemory, memoryBytes) >> 10
        var statements: [Statement] = [
            "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE"
        ]
        statements += transaction.settingStatements
        statements += [
            "SELECT pg_catalog.set_config('maintenance_work_mem', \("\(memory)kB"), TRUE)",
            "SET LOCAL max_parallel_maintenance_workers = 0", "SET LOCAL enable_seqscan = off",
        ]
        // A server whose client was killed would go on to the end of a build.
        if serverVersion >= 140_000 { statements.append("SET LOCAL client_connection_check_interval = '1s'") }
        statements.append(Statement(PackageResources.recall_trial_names_sql, [Int64(measured.index.oid)]))
        let results = try await connection.pipeline(statements, timeout: transaction.patience)
        guard let row = results[results.count - 1].first else { return nil }
        return Names(
            type: try row["type", as: String.self],
            operatorClass: try row["operator_class", as: String.self],
            distanceOperator: try row["operator", as: String.self]
        )
    }

    private func load(
        _ sample: SampledVectors,
        _ names: Names,
        _ connection: inout Connection
    ) async throws(PostgresError) {
        let sql =
            "INSERT INTO \(Self.table) SELECT value::\(names.type) FROM pg_catalog.unnest($1::pg_catalog.text[]) AS value"
        var texts: [String] = []
        var bytes = 0
        for number in 0..<sample.count {
            texts.append(StoredVector.dense(sample[number]).text)
            bytes += texts[texts.count - 1].utf8.count
            guard bytes >= Self.portion || number == sample.count - 1 else { continue }
            _ = try await connection.query(Statement(sql, [texts]), timeout: transaction.patience)
            (texts, bytes) = ([], 0)
        }
    }

    /// Builds one graph, searches it and drops it.
    private func trial(
        of parameters: GraphTrials.Parameters,
        _ names: Names,
        _ queries: [StoredVector],
        _ truth: ExactSearch,
        with settings: [String: String],
        within limit: Duration,
        _ connection: inout Connection
    ) async throws(PostgresError) -> GraphTrials.Trial {
        let own = settings.filter { measured.index.method.searchSettingNames.contains($0.key) }
        _ = try await connection.pipeline(
            ["SAVEPOINT vecsteward_trial", WholeTables.timeout(limit)]
                + own.map { "SELECT pg_catalog.set_config(\($0.key), \($0.value), TRUE)" },
            timeout: transaction.patience
        )
        let building =
            "CREATE INDEX vecsteward_trial_index ON \(Self.table) USING hnsw (v \(names.operatorClass)) "
            + "WITH (m = \(parameters.m), ef_construction = \(parameters.efConstruction))"
        let start = ContinuousClock.now
        _ = try await connection.query(Statement(building), timeout: limit + .seconds(5))
        let seconds = start.duration(to: .now) / .seconds(1)
        let searching =
            "SELECT v::pg_catalog.text AS vector FROM \(Self.table) "
            + "ORDER BY v \(names.distanceOperator) ($1::pg_catalog.text)::\(names.type) LIMIT \(request.k)"
        var outcomes: [SearchOutcome] = []
        for (number, query) in queries.enumerated() {
            let rows = try await connection.query(Statement(searching, [query.text]), timeout: transaction.patience)
            var distances: [Float] = []
            for row in rows {
                let text = try row["vector", as: String.self]
                do throws(UnreadableVector) {
                    let vector = try StoredVector(text, as: measured.type)
                    distances.append(truth.distance(of: vector, from: number))
                } catch {
                    throw PostgresError(.decoding, error.reason)
                }
            }
            let nearest = truth.nearest[number]
            outcomes.append(
                SearchOutcome(
                    distances: distances,
                    nearest: nearest,
                    k: request.k,
                    milliseconds: 0,
                    tolerance: truth.tolerance(at:)
                )
            )
        }
        _ = try await connection.query("ROLLBACK TO SAVEPOINT vecsteward_trial", timeout: transaction.patience)
        guard let figures = RecallFigures(outcomes) else {
            throw PostgresError(.decoding, "no search in the sample has a nearest row")
        }
        return GraphTrials.Trial(
            parameters: parameters,
            recall: figures.recall,
            interval: figures.interval,
            buildSeconds: seconds
        )
    }
}
