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
    let connections: ConnectionPool
    let transaction: ReadOnlyTransaction
    let request: RecallRequest
    let measured: MeasuredIndex
    private let database: String
    let serverVersion: Int
    /// The most memory of a build.
    private let memoryBytes: Int64
    private let waitingSessions: WaitingSessions
    let onProgress: @Sendable (String, Double) -> Void

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
}
