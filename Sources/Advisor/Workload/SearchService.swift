/// Whether an index can serve a search.
public enum SearchService: Sendable, Equatable {
    /// These indexes can, by name, on as many tables as the collection has.
    case served(by: [String])
    /// None can.
    case unserved(Reason)

    /// Why no index can serve a search.
    public enum Reason: Sendable, Equatable {
        /// There is no usable vector index.
        case noIndex
        /// The search itself rules out every index.
        case shape(Set<SearchObstacle>)
        /// It is a search by radius alone.
        case radius
        /// No index is for the distance metric of the search; these are what the indexes are for.
        case distanceMetric([DistanceMetric])
        /// No index for the distance metric is on what the search compares; these are what the indexes are on.
        case expression([SearchedExpression])
        /// The only such index is partial, and it is unknown whether the search keeps to its condition.
        case predicate(String)
    }
}

extension Collection {
    /// Whether an index of the collection can serve a search, by what both say; whether the planner takes it is another
    /// question.
    public func service(of search: SearchShape) -> SearchService {
        if search.kind == .radius { return .unserved(.radius) }
        if !search.ruledOut.isEmpty { return .unserved(.shape(search.ruledOut)) }
        let indexes = relations.flatMap(\.indexes).filter { $0.isUsable && $0.distanceMetric != nil }
        guard !indexes.isEmpty else { return .unserved(.noIndex) }
        let ofMetric = indexes.filter { $0.distanceMetric == search.distanceMetric }
        guard !ofMetric.isEmpty else {
            return .unserved(
                .distanceMetric(Set(indexes.compactMap(\.distanceMetric)).sorted { $0.rawValue < $1.rawValue })
            )
        }
        let ofExpression = ofMetric.filter { $0.serves(search.searched) }
        guard !ofExpression.isEmpty else {
            var others: [SearchedExpression] = []
            for index in ofMetric where !others.contains(index.indexed) { others.append(index.indexed) }
            return .unserved(.expression(others))
        }
        let whole = ofExpression.filter { $0.predicate == nil }
        // A partial index may serve a search that filters.
        guard !whole.isEmpty else {
            if search.filters.isEmpty { return .unserved(.predicate(ofExpression[0].predicate ?? "")) }
            return .served(by: ofExpression.map(\.name))
        }
        return .served(by: whole.map(\.name))
    }
}

extension VectorIndex {
    /// What the index is on, as a search would write it.
    public var indexed: SearchedExpression {
        if let searchedExpression { return searchedExpression }
        guard let expression else { return .column }
        return .other(expression)
    }

    /// Whether it is on what a search compares.
    func serves(_ searched: SearchedExpression) -> Bool {
        if indexed == searched { return true }
        // A cast to the type that the column has already is none to the planner.
        if expression == nil, case .cast(let type, let dimensions) = searched {
            return type == indexedType && (dimensions == nil || dimensions == indexedDimensions)
        }
        return false
    }
}
