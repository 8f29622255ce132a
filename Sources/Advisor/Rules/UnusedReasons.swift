/// Why the searches of a collection do not take one of its indexes, as far as their texts show.
struct UnusedReasons {
    /// The reasons, as sentences.
    let sentences: String

    /// Collects the reasons; `nil` if nothing is known of the searches.
    init?(_ index: VectorIndex, in collection: Collection, _ context: RuleContext) {
        // Only searches that ran could have taken it.
        guard let seen = SeenSearches(collection.workload.seen, of: collection, context) else { return nil }
        var numbers: [String: Int64] = [:]
        var able: Int64 = 0
        for search in seen.searches {
            if let reason = Self.reason(of: search, index, collection) {
                numbers[reason, default: 0] += search.number
            } else {
                able += search.number
            }
        }
        let reasons = numbers.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
        var parts = reasons.prefix(3).map { "\(Numbers.grouped($0.value)) \($0.key)" }
        if reasons.count > 3 { parts.append("others cannot take it for other reasons") }
        if able > 0 { parts.append("\(Numbers.grouped(able)) could take it, and the planner did not") }
        sentences =
            "Of \(Numbers.grouped(seen.number)) known searches: \(parts.joined(separator: "; ")). \(seen.source)"
    }

    /// Why a search cannot take the index, after the number of such searches; `nil` if it can.
    private static func reason(of search: Search, _ index: VectorIndex, _ collection: Collection) -> String? {
        let shape = search.shape
        if shape.kind == .radius { return "take all rows within a distance, which no vector index serves" }
        if !shape.ruledOut.isEmpty { return shape.ruledOut.sorted().map(\.words).joined(separator: " and ") }
        if let metric = index.distanceMetric, metric != shape.distanceMetric {
            return "order by \(shape.distanceMetric.words)"
        }
        if !index.serves(shape.searched) {
            return "compare \(shape.searched.words) and not \(index.indexed.words)"
        }
        if index.predicate != nil, shape.filters.isEmpty { return "have no filter, and the index is partial" }
        if shape.limit == .all || shape.obstacles.contains(.noLimit) { return SearchObstacle.noLimit.words }
        if search.turnsIndexScansOff { return "run with enable_indexscan = off" }
        return nil
    }
}
