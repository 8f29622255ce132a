/// Searches with a filter that an approximate index serves, and that return fewer rows than are asked for, or may.
///
/// The index gives its nearest rows first, and the filter drops those that do not match: with ef_search 40, a filter that
/// one row of twenty matches leaves two.
struct Filtered: Rule {
    /// The calls from which on a mean number of rows says something.
    static let minimumCalls = Threshold(name: "minimumCalls", defaultValue: 10, range: 2...1e12, isWhole: true)
    /// The share of the rows asked for that may be missing.
    static let missingShare = Threshold(name: "missingShare", defaultValue: 0.01, range: 0...0.99, isWhole: false)

    let name = "filtered"
    let summary = "searches with a filter that get fewer rows than they ask for"
    let defaultMode = RuleMode.warn
    let thresholds = [minimumCalls, missingShare]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        var services = SearchServices(collection)
        var signs: [Sign] = []
        for search in collection.workload.nearest where !search.shape.filters.isEmpty {
            let serving = services.approximateIndexes(for: search)
            guard let first = serving.first, !search.isIterative(first.index.method), !isCounted(search, collection),
                let kind = kind(of: search, serving.map(\.index), context)
            else { continue }
            signs.append(Sign(search: search, relation: first.relation, index: first.index, kind: kind))
        }
        // The searches are ordered by how often they run, so of equal signs the most frequent one counts.
        guard let worst = signs.max(by: { ($0.kind, $1.search.number) < ($1.kind, $0.search.number) }) else {
            return []
        }
        let alike = signs.filter { $0.kind == worst.kind && $0.index.method == worst.index.method }
        guard let seen = SeenSearches(alike.map(\.search), of: collection, context) else { return [] }
        return [finding(worst, alike, seen, collection, context)]
    }

    /// What shows that rows are missing, the weakest sign first.
    private enum Kind: Int, Comparable {
        /// Nothing was counted; the filter alone.
        case foreseen
        /// The mean number of rows is not whole.
        case uneven
        /// Most searches return nothing.
        case mostlyNothing
        /// Fewer rows than asked for.
        case short

        static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
    }

    private struct Sign {
        var search: Search
        var relation: Relation
        var index: VectorIndex
        var kind: Kind
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

    private func kind(of search: Search, _ indexes: [VectorIndex], _ context: RuleContext) -> Kind? {
        let missing = context.settings[Self.missingShare]
        if let rows = search.recent.rowsPerCall, search.number >= context.settings.count(Self.minimumCalls) {
            if let asked = search.rowsAsked {
                return rows < Double(asked) * (1 - missing) ? .short : nil
            }
            if rows < 1 - missing { return .mostlyNothing }
            // Searches that all get what one LIMIT asks for have a whole mean.
            return abs(rows - rows.rounded()) > missing * rows ? .uneven : nil
        }
        // A partial index may be for the very filter, and then every row of it matches.
        return indexes.contains { $0.predicate != nil } ? nil : .foreseen
    }

    private func finding(
        _ worst: Sign,
        _ alike: [Sign],
        _ seen: SeenSearches,
        _ collection: Collection,
        _ context: RuleContext
    ) -> Finding {
        let remedies = FilterRemedies(alike.map(\.search), worst.index.method, collection, context)
        var columns: [String] = []
        for column in alike.flatMap(\.search.shape.filters).flatMap(\.columns) where !columns.contains(column) {
            columns.append(column)
        }
        var evidence: [Evidence] = [
            .text("filterColumns", columns.joined(separator: ", ")), .text("method", "\(worst.index.method)"),
        ]
        if let asked = worst.search.rowsAsked { evidence.append(.count("rowsAsked", asked)) }
        if let rows = worst.search.recent.rowsPerCall { evidence.append(.ratio("rowsPerCall", rows)) }
        if let scope = Self.scope(of: worst) { evidence.append(scope) }
        return Finding(
            rule: name,
            severity: worst.kind >= .mostlyNothing ? .warning : .notice,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: worst.relation.oid,
            index: worst.index.name,
            summary: words(worst, by: columns),
            advice: "\(remedies.advice) \(seen.source)",
            evidence: evidence + seen.evidence,
            advised: remedies.statements
        )
    }

    /// The setting that says how many rows the index gives before the filter.
    private static func scope(of sign: Sign) -> Evidence? {
        sign.index.method == .hnsw
            ? sign.search.candidates.map { .count("efSearch", $0) } : sign.search.probes.map { .count("probes", $0) }
    }

    private func words(_ sign: Sign, by columns: [String]) -> String {
        let rest = columns.count - 3
        let filter =
            columns.isEmpty
            ? "with a filter"
            : "filtered by \(columns.prefix(3).joined(separator: " and "))" + (rest > 0 ? " and \(rest) more" : "")
        let rows = sign.search.recent.rowsPerCall.map { Numbers.decimal($0, digits: 2) } ?? ""
        let cause = "because \(sign.index.name) finds the nearest rows before the filter drops some"
        switch sign.kind {
        case .short:
            let asked = sign.search.rowsAsked.map { Numbers.grouped(Int64($0)) } ?? ""
            return "searches \(filter) return \(rows) of the \(asked) rows that they ask for, \(cause)"
        case .mostlyNothing: return "searches \(filter) return \(rows) rows on average; they may miss rows, \(cause)"
        case .uneven:
            return
                "searches \(filter) return \(rows) rows on average, which no single LIMIT gives; they may miss rows, \(cause)"
        case .foreseen:
            return
                "searches \(filter) may return fewer rows than they ask for, \(cause); how many rows match is not known"
        }
    }
}
