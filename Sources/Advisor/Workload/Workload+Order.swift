extension Workload {
    /// The searches by their time together, the most expensive first; equal searches give the same order every time.
    public var byTime: [Search] {
        searches.map { (search: $0, key: $0.orderKey) }
            .sorted { left, right in
                let (first, second) = (left.search.recent, right.search.recent)
                if first.milliseconds != second.milliseconds { return first.milliseconds > second.milliseconds }
                if first.calls != second.calls { return first.calls ?? 0 > second.calls ?? 0 }
                return left.key.utf8.lexicographicallyPrecedes(right.key.utf8)
            }
            .map(\.search)
    }

    /// The time of the searches together, in milliseconds.
    public var milliseconds: Double { searches.reduce(0) { $0 + $1.recent.milliseconds } }

    /// The share of the searches that a condition holds for, 0 to 1; a search that nothing counts counts as one.
    public func share(where holds: (Search) -> Bool) -> Double {
        let all = searches.reduce(0) { $0 + Double($1.number) }
        return all == 0 ? 0 : searches.reduce(0) { $0 + (holds($1) ? Double($1.number) : 0) } / all
    }
}

extension [Search] {
    /// The searches, the most frequent first; equal searches give the same order every time.
    public func sortedByFrequency() -> [Search] {
        // Most collections have few searches, and the key of each is long.
        guard count > 1 else { return self }
        return map { (search: $0, calls: $0.recent.calls ?? 0, key: $0.orderKey) }
            .sorted { $0.calls == $1.calls ? $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) : $0.calls > $1.calls }
            .map(\.search)
    }
}

extension Search {
    /// What tells searches of the same cost apart.
    fileprivate var orderKey: String {
        let searched =
            switch shape.searched {
            case .column: ""
            case .cast(let type, let dimensions): "\(type.rawValue) \(dimensions ?? 0)"
            case .other(let expression): expression
            }
        let parts = [shape.kind.rawValue, shape.distanceMetric.rawValue, searched] + shape.filters.map(\.condition)
        return (parts + [role ?? "", "\(shape.limit) \(shape.isWithinDistance)", "\(source)"]).joined(
            separator: "\u{0}"
        )
    }
}
