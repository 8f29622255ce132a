public import Advisor
public import Postgres
public import Recall

extension Assessor {
    /// Measures what an index finds, compared with the exact search.
    ///
    /// The searches and the pass over the table read one snapshot, so rows that change meanwhile count in neither, unless the
    /// pass would hold it for longer than ``RecallRequest/longestSnapshot``: then it reads ranges of blocks, each in its own.
    /// Nobody waits for it but vacuum, DDL on the table, and concurrent index builds; it ends after the budget at the latest,
    /// and leaves nothing.
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
        var request = request
        request.processorShare = limits.measuringShare
        return try await RecallRun.measure(
            request,
            of: name,
            in: snapshot,
            connections,
            limits: limits,
            onProgress: onProgress
        )
    }
}

/// One measurement.
struct RecallRun {
    private let connections: ConnectionPool
    private let transaction: ReadOnlyTransaction
    private let request: RecallRequest
    private let measured: MeasuredIndex
    private let database: String
    private let serverVersion: Int
    /// The most memory of a build.
    private let memoryBytes: Int64
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
        limits: ResourceLimits,
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
            serverVersion: snapshot.server.versionNumber,
            memoryBytes: limits.on(snapshot.server).memoryBytes,
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
        if let refusal = tooLarge() ?? (request.isLight ? nil : unaffordable()) { return .failure(refusal) }
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
        let views = try RecallViews(definition, isPartitioned: measured.isPartitioned)
        let searches = IndexSearches(
            measured: measured,
            request: request,
            views: views,
            transaction: transaction,
            onProgress: { [onProgress] share in onProgress("searching through the index", share) }
        )
        let snapshotStart = ContinuousClock.now
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
        let ranges: BlockRanges.Summary?
        switch try await pass(found, views, snapshotSince: snapshotStart, &session) {
        case .failure(let refusal): return .failure(refusal)
        case .success((let search, let summary)): (exact, ranges) = (search, summary)
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
        measurement.ranges = ranges.map {
            ReadRanges(count: $0.ranges, changedRows: $0.changedRows, longestSeconds: $0.longest / .seconds(1))
        }
        if request.hasNearness, request.isWithMoreEffort, let more = moreEffort(of: found) {
            measurement.nearness = self.figures(more.answers, found, exact)?.recall
            measurement.agreement = agreement(of: found, with: more).map { ($0.recall, $0.interval) }
        }
        measurement.groups = groups(found, exact)
        if request.hasCurve { measurement.curve = curve(found, exact) }
        if request.hasWhatIf, let whole = exact.whole {
            let question = WhatIfQuestion(
                request: request,
                measured: measured,
                database: database,
                graphs: GraphTrialRun(
                    connections: connections,
                    transaction: transaction,
                    request: request,
                    measured: measured,
                    serverVersion: serverVersion,
                    memoryBytes: memoryBytes,
                    onProgress: { [onProgress] share in onProgress("building graphs on a sample", share) }
                ),
                onProgress: onProgress
            )
            measurement.whatIf = await question.answer(whole, measurement, found.queries)
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
        guard let more = moreEffort(of: found) else {
            return .failure(
                RecallRefusal(
                    found.attemptsEnd
                        ?? "the searches read as much of the index as they can, so there is nothing to compare with",
                    hint: "Measure without --light, which reads the table."
                )
            )
        }
        guard var figures = agreement(of: found, with: more) else {
            return .failure(
                RecallRefusal("no search found a row", hint: "Measure without --light, which reads the table.")
            )
        }
        let agreement = (figures.recall, figures.interval)
        // Of the rows that more effort misses too, nothing is known.
        figures.interval = 0...figures.interval.upperBound
        let rows = measured.relations.reduce(0) { $0 + $1.vectorRows.value }
        var measurement = self.measurement(found, figures, rows: Int(rows), since: start, passSeconds: 0)
        measurement.moreEffort = more.value
        measurement.agreement = agreement
        return .success(measurement)
    }

    /// The searches with ten times the effort; `nil` if they are not with more than the others.
    private func moreEffort(of found: IndexSearches.Found) -> IndexSearches.Attempt? {
        let present = measured.effortSetting.flatMap { found.settings[$0] }.flatMap { Int($0.value) }
        return found.attempts.first.flatMap { $0.value > present ?? 0 ? $0 : nil }
    }

    /// How much of what searches with more effort found the searches found.
    private func agreement(of found: IndexSearches.Found, with more: IndexSearches.Attempt) -> RecallFigures? {
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
        return RecallFigures(outcomes)
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

    /// How many vectors it searches for.
    private var queries: Int { request.vectors.isEmpty ? request.queries : request.vectors.count }

    /// Why what is asked for takes too much memory; `nil` if it does not.
    private func tooLarge() -> RecallRefusal? {
        guard let dimensions = measured.dimensions else { return nil }
        let memory = PassMemory(
            type: measured.type,
            dimensions: dimensions,
            k: request.k,
            attempts: request.hasCurve ? RecallCurve.mostValues : 1
        )
        guard queries > memory.mostQueries else { return nil }
        return RecallRefusal(
            "\(Numbers.grouped(Int64(queries))) vectors of \(Numbers.grouped(Int64(dimensions))) dimensions, each with its "
                + "\(Numbers.grouped(Int64(request.k))) nearest rows, take more memory than a measurement may have",
            hint: "Search for up to \(memory.mostQueries) with --queries.",
            isOfRequest: true
        )
    }

    /// What the pass takes; `nil` if nobody can tell.
    private var cost: PassCost? {
        guard let dimensions = measured.dimensions else { return nil }
        return PassCost(
            rows: measured.relations.reduce(0) { $0 + $1.vectorRows.value },
            type: measured.readType,
            dimensions: dimensions,
            queries: request.hasWhatIf ? WhatIfQuestion.comparisons * queries : queries,
            processors: request.share.processors,
            share: request.processorShare
        )
    }

    /// Why the pass does not fit the budget; `nil` if it does, or nobody can tell.
    private func unaffordable() -> RecallRefusal? {
        let budget = request.budget / .seconds(1)
        guard let cost, cost.seconds > budget else { return nil }
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

    /// Reads the table: in the snapshot of the searches, or in ranges of blocks if that would hold it for too long.
    private func pass(
        _ found: IndexSearches.Found,
        _ views: RecallViews,
        snapshotSince start: ContinuousClock.Instant,
        _ session: inout Connection
    ) async throws(PostgresError) -> Result<(GroupedSearch, BlockRanges.Summary?), RecallRefusal> {
        let left = request.longestSnapshot - start.duration(to: .now)
        let isLong = cost.map { $0.seconds > left / .seconds(1) } ?? false
        if !canReadRanges || !isLong, request.pagesPerRange == nil {
            let limit = canReadRanges ? min(request.budget, left) : request.budget
            if let result = try await whole(found, within: limit, &session) { return result.map { ($0, nil) } }
            guard canReadRanges, request.budget > limit else { return .failure(tooSlow(limit)) }
        }
        return try await ranges(found, views, &session)
    }

    /// A pass over no rows yet.
    private func truth(_ found: IndexSearches.Found) -> TruthPass {
        TruthPass(
            measured: measured,
            search: WhatIfQuestion.search(for: request, measured, found.queries),
            queries: found.queries,
            groups: found.groups,
            neighbours: request.k + 1,
            expectedRows: measured.relations.reduce(0) { $0 + Double($1.rows.value) },
            share: request.share,
            onProgress: { [onProgress] share in onProgress("reading the table", share) }
        )
    }

    /// Before version 14, PostgreSQL reads a whole table to find the rows of a range of blocks.
    private var canReadRanges: Bool { serverVersion >= 140_000 }

    /// Ends the transaction, and reads the tables in ranges of blocks.
    private func ranges(
        _ found: IndexSearches.Found,
        _ views: RecallViews,
        _ session: inout Connection
    ) async throws(PostgresError) -> Result<(GroupedSearch, BlockRanges.Summary?), RecallRefusal> {
        _ = try await session.query("ROLLBACK", timeout: transaction.patience)
        let state = try await session.read([BlockRanges.TableState.statement(found.tables)], in: transaction)[0]
        var ranges = BlockRanges(
            of: measured,
            views,
            found.tables,
            groupedBy: found.groups?.column,
            in: transaction,
            for: request,
            // Where the estimate was wrong, the whole table has just taken longer than one snapshot may.
            seconds: max(cost?.seconds ?? 0, request.longestSnapshot / .seconds(1)),
            before: try BlockRanges.TableState(state.one())
        )
        let exact: GroupedSearch
        do throws(PostgresError) {
            exact = try await truth(found).run(on: &session, reading: &ranges)
        } catch {
            guard error.sqlState == .queryCanceled, !Task.isCancelled else { throw error }
            return .failure(tooSlow(min(request.budget, request.longestSnapshot)))
        }
        if let refusal = ranges.refusal { return .failure(refusal) }
        return .success((exact, ranges.summary))
    }

    private func tooSlow(_ limit: Duration) -> RecallRefusal {
        RecallRefusal(
            "reading the table took longer than the budget, \(Int(limit / .seconds(1))) s",
            hint:
                "Give it more time with --budget, or fewer vectors with --queries. Vacuum and concurrent index builds wait "
                + "meanwhile."
        )
    }

    /// Reads the tables in the snapshot of the searches, and ends the transaction.
    ///
    /// - Returns: What it found, or why it may not; `nil` if the time was over, with the transaction still there.
    private func whole(
        _ found: IndexSearches.Found,
        within limit: Duration,
        _ session: inout Connection
    ) async throws(PostgresError) -> Result<GroupedSearch, RecallRefusal>? {
        // Only what is planned needs the lock.
        let unlocking = measured.isReadByServer ? [] : [IndexSearches.undo] + transaction.settingStatements
        if !unlocking.isEmpty { _ = try await session.pipeline(unlocking, timeout: transaction.patience) }
        var tables = WholeTables(found.tables, of: measured, groupedBy: found.groups?.column, within: limit)
        let exact: GroupedSearch
        do throws(PostgresError) {
            exact = try await truth(found).run(on: &session, reading: &tables)
        } catch {
            guard error.sqlState == .queryCanceled, !Task.isCancelled else { throw error }
            return nil
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
