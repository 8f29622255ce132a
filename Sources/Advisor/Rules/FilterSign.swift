/// A search with a filter that gets fewer rows than it asks for, or may, and what shows that.
struct FilterSign {
    /// What shows that rows are missing.
    enum Kind {
        /// Nothing was counted, and it is unknown how many rows match; but scans give all that they can, so many rows each.
        case exhausted(rowsPerScan: Double)
        /// Nothing was counted; so few rows are to be expected.
        case foreseen(ExpectedRows, asked: Int)
        /// The mean number of rows is not whole.
        case uneven
        /// Most searches return nothing.
        case mostlyNothing
        /// Fewer rows than asked for.
        case short

        /// The weakest sign first.
        var rank: Int {
            switch self {
            case .exhausted: 0
            case .foreseen: 1
            case .uneven: 2
            case .mostlyNothing: 3
            case .short: 4
            }
        }
    }

    var search: Search
    var relation: Relation
    /// The index that serves the search there.
    var index: VectorIndex
    var kind: Kind
}

extension FilterSign {
    /// What is wrong, as a sentence.
    ///
    /// - Parameter columns: The columns that the searches filter by.
    /// - Returns: The sentence.
    func summary(_ columns: [String]) -> String {
        let rest = columns.count - 3
        let filter =
            columns.isEmpty
            ? "with a filter"
            : "filtered by \(columns.prefix(3).joined(separator: " and "))" + (rest > 0 ? " and \(rest) more" : "")
        let rows = search.recent.rowsPerCall.map { Numbers.decimal($0, digits: 2) } ?? ""
        let cause = "because \(index.name) finds the nearest rows before the filter drops some"
        switch kind {
        case .short:
            let asked = search.rowsAsked.map { Numbers.grouped(Int64($0)) } ?? ""
            return "searches \(filter) return \(rows) of the \(asked) rows that they ask for, \(cause)"
        case .mostlyNothing: return "searches \(filter) return \(rows) rows on average; they may miss rows, \(cause)"
        case .uneven:
            return
                "searches \(filter) return \(rows) rows on average, which no single LIMIT gives; they may miss rows, \(cause)"
        case .foreseen(let expected, let asked):
            let number = "about \(Self.words(expected.rows)) of"
            let goal =
                search.rowsAsked == nil
                ? "\(number) \(Numbers.grouped(Int64(asked))) rows (their LIMIT is not known)"
                : "\(number) the \(Numbers.grouped(Int64(asked))) rows that they ask for"
            return "searches \(filter) are expected to return \(goal), \(cause)"
        case .exhausted(let rows):
            return
                "searches \(filter) may return fewer rows than they ask for, \(cause): a scan gives \(Self.words(rows)) rows on "
                + "average, which is all that \(scopeWords), and how many of them match is not known"
        }
    }

    /// What an expectation goes by, as sentences; `nil` where rows were counted.
    func basis(_ collection: Collection, observedAt: Double) -> String? {
        guard case .foreseen(let expected, _) = kind else {
            if case .exhausted = kind { return collection.unreadableStatistics(search.shape.filters) }
            return nil
        }
        let most =
            expected.mostCommonShare > 1.5 * expected.share
            ? " (for the most common value \(Self.percent(expected.mostCommonShare)))" : ""
        return expected.source.words(observedAt: observedAt) + " the filter keeps "
            + "\(expected.isComplete ? "" : "at most ")\(Self.percent(expected.share))\(most) of the "
            + "\(Self.words(expected.candidates)) rows that \(scopeWords)."
    }

    private var scopeWords: String {
        switch index.method {
        case .hnsw: "hnsw.ef_search \(search.candidates ?? 0) gives"
        default:
            "\(search.probes ?? 0) of \(Numbers.grouped(Int64(index.lists ?? 0))) lists have"
        }
    }

    /// The numbers behind it.
    func evidence(observedAt: Double) -> [Evidence] {
        var evidence: [Evidence] = [.text("method", "\(index.method)")]
        if let asked = search.rowsAsked { evidence.append(.count("rowsAsked", asked)) }
        if let rows = search.recent.rowsPerCall { evidence.append(.ratio("rowsPerCall", rows)) }
        if let candidates = search.candidates, index.method == .hnsw { evidence.append(.count("efSearch", candidates)) }
        if let probes = search.probes, let lists = index.lists {
            evidence += [.count("probes", probes), .count("lists", lists)]
        }
        if case .exhausted(let rows) = kind { evidence.append(.ratio("rowsPerScan", rows)) }
        guard case .foreseen(let expected, let asked) = kind else { return evidence }
        if search.rowsAsked == nil { evidence.append(.count("rowsAssumed", asked)) }
        evidence += [
            .ratio("filterShare", expected.share), .ratio("mostCommonShare", expected.mostCommonShare),
            .count("matchingRows", RowCount.whole(expected.matching.rounded())),
            .ratio("expectedRows", expected.rows), .text("filterShareSource", expected.source.word),
        ]
        switch expected.source {
        case .counted(let rows): evidence.append(.count("rowsFiltered", rows))
        case .statistics(let time):
            if let time { evidence.append(.count("statisticsAgeSeconds", RowCount.whole(observedAt - time))) }
        }
        return evidence
    }

    /// A number of rows that is an estimate.
    static func words(_ rows: Double) -> String {
        rows < 10 ? Numbers.decimal(rows, digits: 1) : Numbers.grouped(RowCount.whole(rows.rounded()))
    }

    /// A share, with the digits that a small one needs.
    static func percent(_ share: Double) -> String {
        guard share > 0, share < 0.1 else { return Numbers.percent(share) }
        if share < 0.000_1 { return "under 0.01 %" }
        return "\(Numbers.decimal(share * 100, digits: share < 0.01 ? 2 : 1)) %"
    }
}

extension FilterShare.Source {
    /// The source in one word.
    fileprivate var word: String {
        switch self {
        case .counted: "pg_qualstats"
        case .statistics: "pg_stats"
        }
    }

    /// The beginning of a sentence that says what a share is.
    func words(observedAt: Double) -> String {
        switch self {
        case .counted(let rows):
            return "This is an estimate by what pg_qualstats counted of \(Numbers.grouped(rows)) rows:"
        case .statistics(let time):
            let age = time.map { ", \(Unused.words(max(observedAt - $0, 0))) old" } ?? ""
            return "This is an estimate by the planner's statistics (pg_stats\(age)):"
        }
    }
}

extension Collection {
    /// Says that the role may not read the statistics of columns that searches filter by; `nil` if it may.
    func unreadableStatistics(_ filters: [SearchFilter]) -> String? {
        let hidden = Set(relations.flatMap { $0.filterStatistics?.unreadable ?? [] })
        let columns = filters.flatMap(\.columns).filter { hidden.contains($0) }
        guard let first = columns.first else { return nil }
        return "The role may not read the statistics of \(Set(columns).count == 1 ? first : "these columns"), which "
            + "SELECT on them permits."
    }
}
