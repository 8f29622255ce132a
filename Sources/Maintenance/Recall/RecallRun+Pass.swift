internal import Advisor
internal import Postgres
internal import Recall

/// The pass over the table: what it may take, and how it reads.
extension RecallRun {
    /// How many vectors it searches for.
    private var queries: Int { request.vectors.isEmpty ? request.queries : request.vectors.count }

    /// Why what is asked for takes too much memory; `nil` if it does not.
    func tooLarge() -> RecallRefusal? {
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
            hint: request.querySource == .file
                ? "Give a file with up to \(memory.mostQueries) vectors."
                : "Search for up to \(memory.mostQueries) with --queries.",
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
    func unaffordable() -> RecallRefusal? {
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
    func pass(
        _ found: IndexSearches.Found,
        _ views: RecallViews,
        snapshotSince start: ContinuousClock.Instant,
        _ session: inout Connection
    ) async throws(PostgresError) -> Result<(GroupedSearch, BlockRanges.Summary?), RecallRefusal> {
        let deadline = ContinuousClock.now + request.budget
        let left = request.longestSnapshot - start.duration(to: .now)
        let isLong = cost.map { $0.seconds > left / .seconds(1) } ?? false
        if !canReadRanges || !isLong, request.pagesPerRange == nil {
            let limit = canReadRanges ? min(request.budget, left) : request.budget
            if let result = try await whole(found, within: limit, &session) { return result.map { ($0, nil) } }
            guard canReadRanges, request.budget > limit else { return .failure(.overrun(limit)) }
        }
        return try await ranges(found, views, until: deadline, &session)
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
        until deadline: ContinuousClock.Instant,
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
            until: deadline,
            // Where the estimate was wrong, the whole table has just taken longer than one snapshot may.
            seconds: max(cost?.seconds ?? 0, request.longestSnapshot / .seconds(1)),
            before: try BlockRanges.TableState(state.one())
        )
        let exact: GroupedSearch
        do throws(PostgresError) {
            exact = try await truth(found).run(on: &session, reading: &ranges)
        } catch {
            guard error.sqlState == .queryCanceled, !Task.isCancelled else { throw error }
            guard ContinuousClock.now < deadline else { return .failure(.overrun(request.budget)) }
            let longest = Numbers.roughDuration(seconds: request.longestSnapshot / .seconds(1))
            return .failure(
                RecallRefusal(
                    "a range of blocks, which takes a third of that otherwise, took longer than \(longest)",
                    hint: "Try again when the server is less busy.",
                    isPassing: true
                )
            )
        }
        if let refusal = ranges.refusal { return .failure(refusal) }
        return .success((exact, ranges.summary))
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
}
