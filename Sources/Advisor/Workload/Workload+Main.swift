extension Search {
    /// How many searches it stands for: one that was seen counts as one where nothing counts, and one of the configuration
    /// as much as that says.
    var number: Int64 { isConfigured ? stated.weight : max(recent.calls ?? 1, 1) }

    /// Whether it is known from a person, and was not seen.
    public var isConfigured: Bool { source == .configuration }
}

extension Workload {
    /// The searches for the nearest rows, the most frequent first.
    public var nearest: [Search] { searches.filter { $0.shape.kind == .nearest } }

    /// What nine of ten deciding searches compare with the vector that they look for; `nil` if there is no such thing.
    public var mainExpression: SearchedExpression? {
        let searches = deciding
        var numbers: [SearchedExpression: Int64] = [:]
        for search in searches { numbers[search.shape.searched, default: 0] += search.number }
        return numbers.first { Self.isMain($0.value, of: Self.number(of: searches)) }?.key
    }

    /// What keeps every index from nine of ten searches for the nearest rows that were seen, a LIMIT that is missing included;
    /// empty if most of them can use one.
    public var mainObstacles: Set<SearchObstacle> {
        let searches = nearest.filter { !$0.isConfigured }
        let hindered = searches.filter { !$0.shape.obstacles.isEmpty }
        guard Self.isMain(Self.number(of: hindered), of: Self.number(of: searches)) else { return [] }
        return hindered.reduce(into: []) { $0.formUnion($1.shape.obstacles) }
    }

    /// The share of the searches for the nearest rows that these are, 0 to 1: of those that were seen, and of those of the
    /// configuration, which nobody counted.
    func sharesOfNearest(_ searches: [Search]) -> (seen: Double, configured: Double) {
        func share(_ isIncluded: (Search) -> Bool) -> Double {
            let all = Self.number(of: nearest.filter(isIncluded))
            return all > 0 ? Double(Self.number(of: searches.filter(isIncluded))) / Double(all) : 0
        }
        return (share { !$0.isConfigured }, share(\.isConfigured))
    }

    /// The greater of the two shares.
    func shareOfNearest(_ searches: [Search]) -> Double {
        let shares = sharesOfNearest(searches)
        return max(shares.seen, shares.configured)
    }

    /// How many searches these are together.
    static func number(of searches: [Search]) -> Int64 {
        searches.reduce(0) { sum, search in
            let (total, isTooLarge) = sum.addingReportingOverflow(search.number)
            return isTooLarge ? .max : total
        }
    }

    static func isMain(_ part: Int64, of all: Int64) -> Bool { all > 0 && Double(part) >= 0.9 * Double(all) }
}

extension SearchShape {
    /// What keeps every index from giving its order; a search without LIMIT can still use one.
    var ruledOut: Set<SearchObstacle> { obstacles.subtracting([.noLimit]) }
}

extension Collection {
    /// Whether an index on the plain column serves searches that compare this: the column, or a cast to the type that it
    /// has already.
    func isPlainColumn(_ searched: SearchedExpression) -> Bool {
        switch searched {
        case .column: true
        case .cast(let type, let dimensions):
            declaredType == nil && type == self.type && (dimensions == nil || dimensions == self.dimensions)
        case .other: false
        }
    }
}
