/// What one level of a query does with distances: SELECT, or the condition of UPDATE or DELETE.
public struct Search: Sendable, Hashable, Codable {
    /// What the distance is for.
    public enum Kind: String, Sendable, Hashable, Codable {
        /// ORDER BY has a distance: the nearest rows come first.
        case nearest
        /// Only a condition has a distance: all rows within a radius.
        case radius
        /// Only the output has one: it is computed for rows that are found in another way.
        case computation
    }

    /// What keeps an index from giving the order, or may do so.
    public enum Feature: String, Sendable, Hashable, Codable, CaseIterable {
        /// DISTINCT, or DISTINCT ON.
        case distinct
        /// GROUP BY or HAVING.
        case grouping
        /// An aggregate such as `count`. Only PostgreSQL's own are known.
        case aggregate
        /// A window function.
        case window
        /// FOR UPDATE or FOR SHARE.
        case locking
        /// An arm of UNION, INTERSECT or EXCEPT.
        case setOperation
        /// TABLESAMPLE.
        case sample
    }

    /// Where the rows come from, in the order of FROM.
    public var sources: [Source] = []
    /// The keys of ORDER BY.
    public var order: [SortKey] = []
    /// The conditions of WHERE and of joins.
    ///
    /// Thresholds of distances are among them.
    public var filters: [Filter] = []
    /// The distances in the output, also those that ORDER BY names.
    public var output: [Distance] = []
    /// LIMIT, or FETCH FIRST.
    ///
    /// If there is none here, that of the query around it, where that one takes the rows as they come.
    public var limit: RowLimit = .none
    /// Whether OFFSET is there.
    public var hasOffset = false
    /// What keeps an index from giving the order.
    public var features: Set<Feature> = []
    /// Whether it stands within another statement or query.
    public var isNested = false
    /// Whether it orders again what a limited subquery found.
    ///
    /// The search to index is the inner one.
    public var isReranking = false
    /// Whether the text is cut within it: further conditions and keys may have been there.
    public var isCut = false

    /// What the distance is for; nil if there is no distance.
    public var kind: Kind? {
        if order.contains(where: { $0.distance != nil }) { return .nearest }
        if filters.contains(where: { !$0.distances.isEmpty }) { return .radius }
        return output.isEmpty ? nil : .computation
    }

    /// The distance that matters most: of the order, then of a condition, then of the output.
    public var distance: Distance? {
        order.lazy.compactMap(\.distance).first ?? filters.lazy.compactMap(\.distances.first).first ?? output.first
    }
}
