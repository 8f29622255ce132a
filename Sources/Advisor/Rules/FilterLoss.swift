/// The searches with a filter that get fewer rows once a collection has a new index, or may.
struct FilterLoss {
    /// The searches, those first that are expected to.
    let searches: [Search]
    /// What is expected of the most frequent one; `nil` if that is unknown.
    let expected: ExpectedRows?
    /// The index on the columns of the filter that gives them their rows where few match.
    let exact: FilterIndexAdvice
    private let share: Double
    /// Whether only the configuration says that there are such searches.
    private let areConfigured: Bool
    private let method: IndexMethod

    /// Finds the searches; `nil` if there are none, or hardly any.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - parameters: Method and parameters of the new index.
    init?(of collection: Collection, under parameters: IndexDefinition.Parameters) {
        method = parameters.method
        let indexes = collection.relations.map { ($0, parameters) }
        var lost: [Search] = []
        var doubtful: [Search] = []
        var first: ExpectedRows?
        for search in collection.workload.nearest
        where !search.shape.filters.isEmpty && search.shape.ruledOut.isEmpty && !search.hasNoLimit
            && !search.turnsIndexScansOff && !search.isIterative(parameters.method)
        {
            switch collection.outlook(of: search, from: indexes, asking: search.rowsAsked ?? Search.usualRows) {
            case .short(let rows):
                if first == nil { first = rows }
                lost.append(search)
            case .unknown: doubtful.append(search)
            case .enough, .exact, .sorted: break
            }
        }
        guard collection.workload.shareOfNearest(lost + doubtful) >= 0.01 else { return nil }
        let shares = collection.workload.sharesOfNearest(lost.isEmpty ? doubtful : lost)
        share = max(shares.seen, shares.configured)
        areConfigured = shares.configured > shares.seen
        expected = first
        searches = lost + doubtful
        exact = FilterIndexAdvice(searches, parameters.method, collection)
    }

    /// What the index does to them, and what gives them their rows, as sentences.
    func warning(_ pgvector: PgVector?, observedAt: Double) -> String {
        var subject = share >= 0.995 ? "Its searches have" : "\(Numbers.percent(min(share, 0.99))) of its searches have"
        // Nobody counted those.
        if areConfigured { subject = "Searches of the configuration have" }
        let cause = "because it finds the nearest rows before the filter drops some"
        let remedy =
            pgvector?.hasIterativeScan ?? false
            ? "unless \(method).iterative_scan is relaxed_order for them."
            : "and iterative scan, which gives them back, takes pgvector 0.8.0."
        guard let expected else {
            return "\(subject) a filter: with the index they can get fewer rows than they ask for, \(cause), \(remedy)"
        }
        let asked = searches.first?.rowsAsked ?? Search.usualRows
        return
            "\(subject) a filter: with the index they are expected to get about "
            + "\(FilterSign.words(expected.rows)) of \(Numbers.grouped(Int64(asked))) rows, \(cause), \(remedy) \(expected.source.words(observedAt: observedAt)) "
            + "the filter keeps \(expected.isComplete ? "" : "at most ")\(FilterSign.percent(expected.share))."
            + (exact.isFirst ? " \(exact.instead)" : "")
    }
}

extension IndexChoice {
    /// The index of the method that its searches need.
    var parameters: IndexDefinition.Parameters {
        guard let cast, cast.method != definition.method else { return definition.parameters }
        return cast.method == .ivfflat
            ? .ivfflat(lists: VectorIndex.defaultLists) : .hnsw(m: 16, efConstruction: 64)
    }
}
