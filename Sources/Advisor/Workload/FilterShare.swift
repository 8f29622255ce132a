/// The share of the rows of a table that the filter of a search keeps, as far as it is known.
struct FilterShare: Equatable {
    /// The share, 0 to 1, on average over the values that a search may look for; the most that it can be if
    /// ``isComplete`` is `false`.
    var share: Double
    /// The same for the most common values, if searches look for those.
    var mostCommon: Double
    /// Whether it is known of every condition.
    var isComplete: Bool
    /// How it is known.
    var source: Source

    /// Where a share comes from.
    enum Source: Equatable {
        /// pg_qualstats has counted so many rows.
        case counted(rows: Int64)
        /// The planner's statistics, of that time in seconds since 1970 UTC; `nil` if that is unknown.
        case statistics(Double?)
    }

    /// Takes what was counted of the conditions, and otherwise multiplies the shares that the planner's statistics have of
    /// them, as the planner does; `nil` if nothing is known of any of them.
    ///
    /// Of ranges, joins and operators on jsonb the statistics tell nothing without the constant.
    ///
    /// - Parameters:
    ///   - filters: The conditions.
    ///   - relation: The table.
    ///   - takesCounts: Whether what was counted comes first. It may be of the rows that an approximate index gave, of which
    ///     none need match although others do.
    init?(_ filters: [SearchFilter], on relation: Relation, takesCounts: Bool = true) {
        guard let statistics = relation.filterStatistics else { return nil }
        let counted = filters.map { takesCounts ? statistics.counted(of: $0) : nil }
        let estimated = filters.map { statistics.shares(of: $0) }
        // What was counted of one condition holds for those beside it as well.
        if let least = counted.compactMap({ $0 }).min(by: { $0.share < $1.share }) {
            share = least.share
            mostCommon = least.share
            isComplete = zip(counted, estimated).allSatisfy { $0 != nil || $1 != nil }
            source = .counted(rows: least.rows)
            return
        }
        let known = estimated.compactMap { $0 }
        guard !known.isEmpty else { return nil }
        share = known.reduce(1) { $0 * $1.mean }
        mostCommon = known.reduce(1) { $0 * $1.mostCommon }
        isComplete = known.count == filters.count
        source = .statistics(statistics.analyzedAt)
    }
}

extension FilterStatistics {
    /// The share of the rows that meet a condition and those beside it, as counted; `nil` if too few were.
    fileprivate func counted(of filter: SearchFilter) -> (share: Double, rows: Int64)? {
        guard let operation = filter.operation, filter.columns.count == 1,
            let counts = counted[Condition(column: filter.columns[0], operation: operation)],
            let share = counts.share
        else { return nil }
        return (share, counts.rows)
    }

    /// The share of the rows that meet a condition, on average over values and for the most common one; `nil` if it is
    /// unknown.
    fileprivate func shares(of filter: SearchFilter) -> (mean: Double, mostCommon: Double)? {
        guard filter.columns.count == 1, let values = columns[filter.columns[0]] else { return nil }
        func both(_ share: Double) -> (Double, Double) { (share, share) }
        switch filter.test {
        case .equality: return (values.meanShare, values.mostCommonShare ?? values.meanShare)
        case .isTrue: return values.trueShare.map(both)
        case .isFalse: return values.trueShare.map { both(max(1 - values.nullShare - $0, 0)) }
        case .isNull: return both(values.nullShare)
        case .isNotNull: return both(1 - values.nullShare)
        case .other: return nil
        }
    }

    /// The columns of these conditions that are compared with a value.
    static func equalities(_ filters: [SearchFilter]) -> Set<String> {
        Set(filters.filter { $0.isEquality && $0.columns.count == 1 }.map { $0.columns[0] })
    }

    /// An index whose first columns are compared with values, which leaves the fewest rows to look at.
    ///
    /// - Parameter filters: The conditions.
    /// - Returns: The index with the share of the rows that it finds, 0 to 1; `nil` if there is none, or that is unknown.
    func index(for filters: [SearchFilter]) -> (index: ValueIndex, share: Double)? {
        let compared = Self.equalities(filters)
        let found = indexes.compactMap { index -> (ValueIndex, Double)? in
            let shares = index.columns.prefix { compared.contains($0) }.map { columns[$0]?.meanShare }
            guard !shares.isEmpty, shares[0] != nil else { return nil }
            return (index, shares.reduce(1) { $0 * ($1 ?? 1) })
        }
        return found.min { $0.1 < $1.1 }
    }
}
