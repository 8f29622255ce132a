public import Advisor
public import Postgres
public import Recall

extension Assessor {
    /// Measures what an index finds, compared with the exact search.
    ///
    /// The searches and the pass over the table read one snapshot, so rows that change meanwhile count in neither. Nobody
    /// waits for it but vacuum, DDL on the table, and concurrent index builds; it ends after the budget at the latest, and
    /// leaves nothing.
    ///
    /// - Parameters:
    ///   - request: What to measure.
    ///   - name: The collection.
    ///   - snapshot: A new snapshot that contains the collection and its searches.
    ///   - onProgress: Gets what is done now, and the share of it that is done.
    /// - Returns: The measurement, or why there is none.
    /// - Throws: When the server is unreachable or the connection is lost.
    public func measureRecall(
        _ request: RecallRequest,
        of name: CollectionName,
        in snapshot: CatalogSnapshot,
        onProgress: @escaping @Sendable (String, Double) -> Void
    ) async throws(PostgresError) -> Result<RecallMeasurement, RecallRefusal> {
        try await RecallRun.measure(request, of: name, in: snapshot, connections, onProgress: onProgress)
    }
}

/// One measurement.
struct RecallRun {
    private let connections: ConnectionPool
    private let transaction: ReadOnlyTransaction
    private let request: RecallRequest
    private let measured: MeasuredIndex
    private let database: String
    private let waitingSessions: WaitingSessions
    private let onProgress: @Sendable (String, Double) -> Void

    /// Measures the recall of an index, or says why it is not measured.
    ///
    /// - Throws: When the server is unreachable, the connection is lost or the task is cancelled.
    static func measure(
        _ request: RecallRequest,
        of name: CollectionName,
        in snapshot: CatalogSnapshot,
        _ connections: ConnectionPool,
        onProgress: @escaping @Sendable (String, Double) -> Void
    ) async throws(PostgresError) -> Result<RecallMeasurement, RecallRefusal> {
        guard let collection = snapshot.collections.first(where: { $0.name == name }) else {
            return .failure(RecallRefusal("the table no longer exists", hint: "Try again when it exists."))
        }
        let measured: MeasuredIndex
        do throws(RecallRefusal) {
            measured = try MeasuredIndex(request, in: collection, snapshot.server)
        } catch {
            return .failure(error)
        }
        let transaction = ReadOnlyTransaction(statementTimeout: .seconds(30), isRepeatable: false)
        var request = request
        // Of a graph, only its own searches say what other settings find.
        if request.hasWhatIf, measured.index.method == .hnsw { request.hasCurve = true }
        let run = RecallRun(
            connections: connections,
            transaction: transaction,
            request: request,
            measured: measured,
            database: snapshot.server.database,
            waitingSessions: WaitingSessions(connections, in: transaction),
            onProgress: onProgress
        )
        do throws(PostgresError) {
            return try await run.waitingSessions.yielding { () async throws(PostgresError) in try await run.measure() }
        } catch {
            guard error.code == .server else { throw error }
            return .failure(IndexSearches.refusal(error, of: measured))
        }
    }

    private func measure() async throws(PostgresError) -> Result<RecallMeasurement, RecallRefusal> {
        let start = ContinuousClock.now
        let index = measured.index
        if !request.isLight, let refusal = unaffordable() { return .failure(refusal) }
        let definitions = try await connections.use { (connection) async throws(PostgresError) in
            try await connection.read(
                [Statement(PackageResources.index_query_sql, [Int64(index.oid)])],
                in: transaction
            )[0]
        }
        guard let definition = definitions.first else {
            return .failure(
                RecallRefusal("index \(Identifier(index.name)) is gone", hint: "Run the command again.")
            )
        }
        let distance = try definition["operator", as: String.self]
        guard DistanceMetric(distanceOperator: distance) == measured.metric else {
            return .failure(
                RecallRefusal(
                    "index \(Identifier(index.name)) orders by operator \(distance), which is no distance that is known",
                    hint: "Measure another index with --index."
                )
            )
        }
        // A connection that is not given back is closed, which ends its transaction.
        var session = try await connections.checkOut()
        waitingSessions.watch(process: session.processID)
        let searches = IndexSearches(
            measured: measured,
            request: request,
            views: try RecallViews(definition, isPartitioned: measured.isPartitioned),
            transaction: transaction,
            onProgress: { [onProgress] share in onProgress("searching through the index", share) }
        )
        let found: IndexSearches.Found
        switch try await searches.run(&session) {
        case .failure(let refusal):
            _ = try await session.query("ROLLBACK", timeout: transaction.patience)
            connections.giveBack(session)
            return .failure(refusal)
        case .success(let all): found = all
        }
        if request.isLight {
            _ = try await session.query("ROLLBACK", timeout: transaction.patience)
            connections.giveBack(session)
            return lightMeasurement(found, since: start)
        }
        let passStart = ContinuousClock.now
        let exact: GroupedSearch
        switch try await pass(found, &session) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let search): exact = search
        }
        connections.giveBack(session)
        let passSeconds = passStart.duration(to: .now) / .seconds(1)
        guard let figures = figures(found.answers, found, exact) else {
            return .failure(
                RecallRefusal(
                    "none of the \(found.queries.count) vectors has a nearest row",
                    hint: "Zero vectors have no cosine distance. Give other vectors with --queries FILE."
                )
            )
        }
        var measurement = self.measurement(
            found,
            figures,
            rows: exact.rows,
            since: start,
            passSeconds: passSeconds
        )
        measurement.groups = groups(found, exact)
        if request.hasCurve { measurement.curve = curve(found, exact) }
        if request.hasWhatIf, let whole = exact.whole {
            let question = WhatIfQuestion(
                request: request,
                measured: measured,
                database: database,
                onProgress: onProgress
            )
            measurement.whatIf = await question.answer(whole, measurement)
            measurement.seconds = start.duration(to: .now) / .seconds(1)
        }
        return .success(measurement)
    }

    private func measurement(
        _ found: IndexSearches.Found,
        _ figures: RecallFigures,
        rows: Int,
        since start: ContinuousClock.Instant,
        passSeconds: Double
    ) -> RecallMeasurement {
        let index = measured.index
        var measurement = RecallMeasurement(
            collection: measured.collection.name,
            index: IndexIdentity(oid: index.oid, relfilenode: index.relfilenode),
            indexName: index.name,
            method: index.method,
            metric: measured.metric,
            k: request.k,
            queries: request.querySource,
            settings: found.settings,
            figures: figures,
            rows: rows,
            measuredAt: found.now,
            seconds: start.duration(to: .now) / .seconds(1),
            passSeconds: passSeconds
        )
        measurement.partitions = found.partitions
        if measured.collection.isPartitioned, !measured.isPartitioned {
            measurement.partition = "\(measured.table.schema).\(measured.table.name)"
        }
        measurement.leavesOutChildren = measured.collection.hasChildren
        return measurement
    }

    /// Compares the searches with those of more effort, which miss rows too: the recall is at most what they say.
    private func lightMeasurement(
        _ found: IndexSearches.Found,
        since start: ContinuousClock.Instant
    ) -> Result<RecallMeasurement, RecallRefusal> {
        let present = measured.effortSetting.flatMap { found.settings[$0] }.flatMap { Int($0.value) }
        guard let more = found.attempts.first, more.value > present ?? 0 else {
            return .failure(
                RecallRefusal(
                    found.attemptsEnd
                        ?? "the searches read as much of the index as they can, so there is nothing to compare with",
                    hint: "Measure without --light, which reads the table."
                )
            )
        }
        let search = measured.exactSearch(for: found.queries, neighbours: 1)
        let outcomes = zip(found.answers, more.answers).map { answer, better in
            let nearest = better.distances.sorted()
            let limit = nearest.prefix(request.k).last ?? 0
            return SearchOutcome(
                distances: answer.distances,
                nearest: nearest,
                k: request.k,
                tolerance: search.tolerance(at: limit),
                milliseconds: answer.milliseconds
            )
        }
        guard var figures = RecallFigures(outcomes) else {
            return .failure(
                RecallRefusal("no search found a row", hint: "Measure without --light, which reads the table.")
            )
        }
        // Of the rows that more effort misses too, nothing is known.
        figures.interval = 0...figures.interval.upperBound
        let rows = measured.relations.reduce(0) { $0 + $1.vectorRows.value }
        var measurement = self.measurement(found, figures, rows: Int(rows), since: start, passSeconds: 0)
        measurement.moreEffort = more.value
        return .success(measurement)
    }

    /// What the searches found at other settings.
    private func curve(_ found: IndexSearches.Found, _ exact: GroupedSearch) -> RecallCurve {
        RecallCurve(
            setting: measured.effortSetting,
            points: found.attempts.compactMap { attempt in
                figures(attempt.answers, found, exact).map { RecallCurve.Point(value: attempt.value, figures: $0) }
            },
            end: found.attemptsEnd
        )
    }

    /// Why the pass does not fit the budget; `nil` if it does, or nobody can tell.
    private func unaffordable() -> RecallRefusal? {
        guard let dimensions = measured.dimensions else { return nil }
        let queries = request.vectors.isEmpty ? request.queries : request.vectors.count
        let cost = PassCost(
            rows: measured.relations.reduce(0) { $0 + $1.vectorRows.value },
            type: measured.readType,
            dimensions: dimensions,
            queries: request.hasWhatIf ? WhatIfQuestion.comparisons * queries : queries,
            processors: TruthPass.processors
        )
        let budget = request.budget / .seconds(1)
        guard cost.seconds > budget else { return nil }
        return RecallRefusal(
            "it needs to read \(Numbers.grouped(cost.rows)) vectors with \(Numbers.size(bytes: cost.bytes)) and to compare each "
                + "with \(Numbers.grouped(Int64(queries))), \(Numbers.roughDuration(seconds: cost.seconds)), and the budget is "
                + "\(Numbers.decimal(budget, digits: 3)) s; nothing was started",
            hint:
                "Give it more time with --budget, or fewer vectors with --queries. Vacuum and concurrent index builds wait "
                + "meanwhile. --light compares with ten times the effort instead, and reads no table.",
            isOfPass: true
        )
    }

    /// Reads the table in the snapshot of the searches, and ends the transaction.
    private func pass(
        _ found: IndexSearches.Found,
        _ session: inout Connection
    ) async throws(PostgresError) -> Result<GroupedSearch, RecallRefusal> {
        let truth = TruthPass(
            measured: measured,
            tables: found.tables,
            search: WhatIfQuestion.search(for: request, measured, found.queries),
            queries: found.queries,
            groups: found.groups,
            neighbours: request.k + 1,
            expectedRows: measured.relations.reduce(0) { $0 + Double($1.rows.value) },
            onProgress: { [onProgress] share in onProgress("reading the table", share) }
        )
        // Only what is planned needs the lock.
        let unlocking = measured.isReadByServer ? [] : [IndexSearches.undo] + transaction.settingStatements
        if !unlocking.isEmpty { _ = try await session.pipeline(unlocking, timeout: transaction.patience) }
        let exact: GroupedSearch
        do throws(PostgresError) {
            exact = try await truth.run(on: &session, within: request.budget)
        } catch {
            guard error.sqlState == .queryCanceled, !Task.isCancelled else { throw error }
            return .failure(
                RecallRefusal(
                    "reading the table took longer than the budget, \(Int(request.budget / .seconds(1))) s",
                    hint:
                        "Give it more time with --budget, or fewer vectors with --queries. Vacuum and concurrent index "
                        + "builds wait meanwhile."
                )
            )
        }
        let read = Statement(
            PackageResources.recall_table_read_sql,
            [found.tables.map(\.oid), found.tables.map(\.schema), found.tables.map(\.name)]
        )
        // The time that was left for the last table is not for this.
        let results = try await session.pipeline(
            transaction.settingStatements + [read, "ROLLBACK"],
            timeout: transaction.patience
        )
        guard try results[results.count - 2].one()["is_read", as: Bool.self] else {
            return .failure(
                RecallRefusal("the table was renamed or replaced meanwhile", hint: "Run the command again.")
            )
        }
        return .success(exact)
    }

    /// What the searches for each value found; `nil` if they were for all rows.
    private func groups(_ found: IndexSearches.Found, _ exact: GroupedSearch) -> RecallGroups? {
        guard let (column, values) = found.groups else { return nil }
        var queries: [String: [Int]] = [:]
        for (number, value) in values.enumerated() { queries[value, default: []].append(number) }
        let groups = queries.compactMap { value, numbers in
            figures(found.answers, found, exact, of: numbers).map { figures in
                RecallGroups.Group(value: value, figures: figures, rows: exact.rows(ofGroupOf: numbers[0]))
            }
        }
        return RecallGroups(groups, of: column.name, searchesWithoutIndex: found.searchesWithoutIndex)
    }

    /// What the searches found, or some of them; `nil` if none of them has a row to find.
    private func figures(
        _ answers: [IndexSearches.Answer],
        _ found: IndexSearches.Found,
        _ exact: GroupedSearch,
        of numbers: [Int]? = nil
    ) -> RecallFigures? {
        var outcomes: [SearchOutcome] = []
        for number in numbers ?? Array(answers.indices) {
            let answer = answers[number]
            // The pass meets the stored vector that is searched for, and the search through the index leaves it out.
            let nearest = exact.nearest(to: number, isStored: request.vectors.isEmpty)
            let limit = nearest.prefix(request.k).last ?? 0
            outcomes.append(
                SearchOutcome(
                    distances: answer.distances,
                    nearest: nearest,
                    k: request.k,
                    tolerance: exact.tolerance(at: limit),
                    milliseconds: answer.milliseconds
                )
            )
        }
        return RecallFigures(outcomes)
    }
}
