/// Searches with a filter that an approximate index serves, and that return fewer rows than are asked for, or may.
///
/// The index gives its nearest rows first, and the filter drops those that do not match: with ef_search 40, a filter that
/// one row of twenty matches leaves two.
struct Filtered: Rule {
    /// The calls from which on a mean number of rows says something.
    static let minimumCalls = Threshold(name: "minimumCalls", defaultValue: 10, range: 2...1e12, isWhole: true)
    /// The share of the rows asked for that may be missing.
    static let missingShare = Threshold(name: "missingShare", defaultValue: 0.01, range: 0...0.99, isWhole: false)
    /// The rows that a search asks for whose LIMIT is unknown.
    static let assumedRows = Threshold(
        name: "assumedRows",
        defaultValue: Double(Search.usualRows),
        range: 1...1e6,
        isWhole: true
    )

    let name = "filtered"
    let summary = "searches with a filter that get fewer rows than they ask for"
    let defaultMode = RuleMode.warn
    let thresholds = [minimumCalls, missingShare, assumedRows]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        let served = ServedSearches(collection)
        var signs: [FilterSign] = []
        for one in served.all where !one.search.shape.filters.isEmpty {
            let search = one.search
            guard let first = one.places.first, !search.mayBeIterative(first.index.method),
                !isCounted(search, collection), !collection.keepsNearlyAll(search), !served.dropsNothing(one),
                let kind = kind(of: search, one.places, served.sign(of: one), collection, context)
            else { continue }
            signs.append(FilterSign(search: search, relation: first.relation, index: first.index, kind: kind))
        }
        // The searches are ordered by how often they run, so of equal signs the most frequent one counts.
        guard let worst = signs.max(by: { ($0.kind.rank, $1.search.number) < ($1.kind.rank, $0.search.number) }) else {
            return []
        }
        let alike = signs.filter { $0.kind.rank == worst.kind.rank && $0.index.method == worst.index.method }
        guard let seen = SeenSearches(alike.map(\.search), of: collection, context) else { return [] }
        return [finding(worst, alike, seen, collection, context)]
    }

    /// Whether a search of the configuration was counted too, which shows what it gets.
    private func isCounted(_ search: Search, _ collection: Collection) -> Bool {
        search.isConfigured
            && collection.workload.seen.contains { seen in
                seen.recent.rowsPerCall != nil && seen.shape.distanceMetric == search.shape.distanceMetric
                    && seen.shape.searched == search.shape.searched
                    && Set(seen.shape.filters.flatMap(\.columns)) == Set(search.shape.filters.flatMap(\.columns))
            }
    }

    /// What shows that rows are missing: what was seen, and only where nothing was seen what is to be expected; `nil` if nothing
    /// does, which a filter alone is not.
    private func kind(
        of search: Search,
        _ serving: [SearchServices.Place],
        _ sign: ScanSign,
        _ collection: Collection,
        _ context: RuleContext
    ) -> FilterSign.Kind? {
        let rows = search.number >= context.settings.count(Self.minimumCalls) ? search.recent.rowsPerCall : nil
        if let rows {
            // No more rows match than come, or the planner never took an index that could lose some.
            if let matching = collection.mostMatchingRows(search), matching <= 1.2 * rows { return nil }
            if sign == .unused { return nil }
            let missing = context.settings[Self.missingShare]
            if let asked = search.rowsAsked, rows >= Double(asked) * (1 - missing) { return nil }
            // Where the distance has a limit too, it is unknown which of the two drops rows; and pages by OFFSET come to an end.
            if !search.shape.isWithinDistance, !search.hasOffset { return seen(search, rows, missing) }
        }
        // A partial index may be for the very filter, and then every row of it matches.
        guard !serving.contains(where: { $0.index.predicate != nil }) else { return nil }
        let asked = search.rowsAsked ?? Int(clamping: context.settings.count(Self.assumedRows))
        let indexes = serving.compactMap { place in place.index.parameters.map { (place.relation, $0) } }
        switch collection.outlook(of: search, from: indexes, asking: asked) {
        case .short(let expected):
            // More came than that, or the scans end early.
            let isRefuted = sign == .early || rows.map { $0 > 1.5 * expected.rows } ?? false
            return isRefuted ? nil : .foreseen(expected, asked: asked)
        case .unknown:
            // A search within a distance exhausts its scans for that alone.
            guard case .exhausted(let rowsPerScan) = sign, !search.shape.isWithinDistance,
                search.rowsAsked.map({ Double($0) < rowsPerScan }) ?? true
            else { return nil }
            return .exhausted(rowsPerScan: rowsPerScan)
        case .enough, .exact, .sorted: return nil
        }
    }

    /// What a mean number of rows shows.
    private func seen(_ search: Search, _ rows: Double, _ missing: Double) -> FilterSign.Kind? {
        if search.rowsAsked != nil { return .short }
        if rows < 1 - missing { return .mostlyNothing }
        // Searches that all get what one LIMIT asks for have a whole mean, and those with several LIMITs have any.
        if search.hasSeveralLimits { return nil }
        return abs(rows - rows.rounded()) > missing * rows ? .uneven : nil
    }

    private func finding(
        _ worst: FilterSign,
        _ alike: [FilterSign],
        _ seen: SeenSearches,
        _ collection: Collection,
        _ context: RuleContext
    ) -> Finding {
        let remedies = FilterRemedies(alike.map(\.search), worst.index, collection, context)
        var columns: [String] = []
        for column in alike.flatMap(\.search.shape.filters).flatMap(\.columns) where !columns.contains(column) {
            columns.append(column)
        }
        let basis = worst.basis(collection, observedAt: context.server.observedAt)
        return Finding(
            rule: name,
            severity: worst.kind.rank >= FilterSign.Kind.mostlyNothing.rank ? .warning : .notice,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: worst.relation.oid,
            index: worst.index.name,
            summary: worst.summary(columns),
            advice: [basis, remedies.advice, seen.source].compactMap { $0 }.joined(separator: " "),
            evidence: [.text("filterColumns", columns.joined(separator: ", "))]
                + worst.evidence(observedAt: context.server.observedAt) + seen.evidence,
            advised: remedies.statements
        )
    }
}
