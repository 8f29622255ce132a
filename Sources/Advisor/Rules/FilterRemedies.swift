extension Collection {
    /// The searches with a filter that a new index of this method would serve without iterative scan.
    private func filteredSearches(underNew method: IndexMethod) -> [Search] {
        workload.nearest.filter { search in
            !search.shape.filters.isEmpty && search.shape.ruledOut.isEmpty && search.mayTakeIndex
                && !search.isIterative(method)
        }
    }

    /// What a new index of this method does to the searches with a filter.
    ///
    /// - Parameters:
    ///   - method: The method of the index.
    ///   - pgvector: The installed pgvector.
    /// - Returns: A sentence; `nil` if no search has a filter, or if iterative scan is on for them.
    public func filterWarning(for method: IndexMethod, _ pgvector: PgVector?) -> String? {
        let filtered = filteredSearches(underNew: method)
        let shares = workload.sharesOfNearest(filtered)
        let share = max(shares.seen, shares.configured)
        guard share >= 0.01 else { return nil }
        var subject = share >= 0.995 ? "Its searches have" : "\(Numbers.percent(min(share, 0.99))) of its searches have"
        // Nobody counted those.
        if shares.configured > shares.seen { subject = "Searches of the configuration have" }
        let remedy =
            pgvector?.hasIterativeScan ?? false
            ? "unless \(method).iterative_scan is relaxed_order for them."
            : "and iterative scan, which gives them back, takes pgvector 0.8.0."
        return
            "\(subject) a filter: with the index they can get fewer rows than they ask for, because it finds the nearest rows "
            + "before the filter drops some, \(remedy)"
    }

    /// The statements that turn iterative scan on for the searches of ``filterWarning(for:_:)``.
    func iterativeScan(for method: IndexMethod, _ context: RuleContext) -> [AdvisedStatement] {
        guard context.hasIterativeScan, filterWarning(for: method, context.server.pgvector) != nil else { return [] }
        return SettingChange(iterativeScanOf: method, for: filteredSearches(underNew: method), of: self, context)
            .statements
    }
}

extension SettingChange {
    /// Turns iterative scan on for searches.
    fileprivate init(
        iterativeScanOf method: IndexMethod,
        for searches: [Search],
        of collection: Collection,
        _ context: RuleContext
    ) {
        self.init(
            .iterativeScan(method),
            for: searches.map { ($0, $0.setting("\(method).iterative_scan").source) },
            of: collection,
            database: context.server.database
        )
    }
}

/// What gives searches with a filter all their rows, in the order in which to try it, with what each costs.
struct FilterRemedies {
    /// The remedies, as sentences.
    let advice: String
    /// Their statements.
    let statements: [AdvisedStatement]

    /// The most indexes that are advised at once.
    private static let mostIndexes = 5

    /// Collects the remedies.
    ///
    /// - Parameters:
    ///   - searches: The searches with a filter.
    ///   - method: The method of the index that serves them.
    ///   - collection: Their collection.
    ///   - context: The server and its pgvector.
    init(_ searches: [Search], _ method: IndexMethod, _ collection: Collection, _ context: RuleContext) {
        var sentences: [String] = []
        var statements: [AdvisedStatement] = []
        if context.hasIterativeScan {
            let change = SettingChange(iterativeScanOf: method, for: searches, of: collection, context)
            let tuples = searches.first?.setting("hnsw.max_scan_tuples").value ?? ""
            let bound =
                method == .hnsw
                ? "hnsw.max_scan_tuples (\(Int64(tuples).map(Numbers.grouped) ?? tuples) rows)"
                : "ivfflat.max_probes lists"
            sentences.append(
                "First, iterative scan: the index goes on until enough rows match, up to \(bound), so a search takes longer the "
                    + "fewer match; with relaxed_order rows can be slightly out of order. \(change.advice)"
            )
            statements += change.statements
        } else {
            sentences.append(
                "First, update pgvector \(context.pgvectorVersion) to 0.8.0 or newer, which has iterative scan."
            )
        }
        var columns: [String] = []
        for filter in searches.flatMap(\.shape.filters) where filter.isEquality && filter.columns.count == 1 {
            if !columns.contains(filter.columns[0]) { columns.append(filter.columns[0]) }
        }
        let indexes = collection.relations.flatMap { relation in
            columns.map { AdvisedStatement.createFilterIndex(on: relation.place, column: $0) }
        }
        let isShown = !indexes.isEmpty && indexes.count <= Self.mostIndexes
        if isShown { statements += indexes }
        sentences.append(
            "Second, where few rows match, an index on the columns of the filter, unless there is one"
                + (isShown ? " (the CREATE INDEX below)" : "")
                + ": the planner then sorts the rows that match, exactly; it costs every write."
        )
        sentences.append(
            "Third, a partial vector index for each frequent value, or partitions by that column: each finds all its rows, and each "
                + "is one more index to build and keep."
        )
        advice = sentences.joined(separator: " ")
        self.statements = statements
    }
}
