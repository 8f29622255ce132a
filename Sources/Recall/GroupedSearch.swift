public import Advisor

/// Finds the distances of the nearest rows of many queries, of each among the rows of its own group.
public struct GroupedSearch: Sendable {
    /// One for each group.
    private var searches: [ExactSearch]
    /// The group of each query and its place among the queries of that group.
    private let places: [(group: Int, position: Int)]

    /// Creates a search over no rows yet.
    ///
    /// - Parameters:
    ///   - queries: The vectors that are searched for, as for ``ExactSearch``.
    ///   - groups: The group of each, counted from 0.
    ///   - type: The type of the stored vectors.
    ///   - metric: The distance.
    ///   - neighbours: How many distances to keep for each query.
    ///   - isRounding: Whether rows are rounded to half precision first.
    public init(
        _ queries: [StoredVector],
        in groups: [Int],
        among type: VectorType,
        by metric: DistanceMetric,
        neighbours: Int,
        isRounding: Bool
    ) {
        var members = [[StoredVector]](repeating: [], count: (groups.max() ?? 0) + 1)
        places = queries.enumerated().map { number, query in
            let group = groups[number]
            members[group].append(query)
            return (group, members[group].count - 1)
        }
        searches = members.map {
            ExactSearch($0, among: type, by: metric, neighbours: neighbours, isRounding: isRounding)
        }
    }

    /// Creates a search for queries among all rows.
    public init(_ whole: ExactSearch) {
        searches = [whole]
        places = (0..<whole.queryCount).map { (0, $0) }
    }

    /// The search among all rows; `nil` if there are groups.
    public var whole: ExactSearch? { searches.count == 1 ? searches[0] : nil }

    /// Numbers the rows that come next, which a sample of them is drawn by.
    public mutating func setNextRow(_ number: Int) {
        if searches.count == 1 { searches[0].nextRow = number }
    }

    /// Compares a row of a group, given as its type's send function writes it; `nil` for NULL.
    ///
    /// - Throws: If the bytes are not such a value.
    public mutating func add(_ bytes: UnsafeRawBufferPointer?, to group: Int) throws(UnreadableVector) {
        try searches[group].add(bytes)
    }

    /// Adds what another search for the same queries has found among other rows.
    public mutating func merge(_ other: GroupedSearch) {
        for group in searches.indices { searches[group].merge(other.searches[group]) }
    }

    /// Compares the rows that wait for others; call it when there are no more.
    public mutating func finish() {
        for group in searches.indices { searches[group].finish() }
    }

    /// The bytes that a search for the same queries takes beside this one once it has seen rows.
    public var bytesOfCopy: Int { searches.reduce(0) { $0 + $1.bytesOfCopy } }

    /// The rows of all groups that have a vector.
    public var rows: Int { searches.reduce(0) { $0 + $1.rows } }

    /// The rows that have a vector of the group that a query is in.
    public func rows(ofGroupOf query: Int) -> Int { searches[places[query].group].rows }

    /// The least distances of a query, in ascending order, without the query itself if it is a stored one.
    public func nearest(to query: Int, isStored: Bool) -> [Float] {
        searches[places[query].group].nearest(to: places[query].position, isStored: isStored)
    }

    /// The distance of one vector from a query, as the pass computes it.
    public func distance(of vector: StoredVector, from query: Int) -> Float {
        searches[places[query].group].distance(of: vector, from: places[query].position)
    }

    /// By how much distances near this one may differ in the last digits although they are equal.
    public func tolerance(at distance: Float) -> Float { searches[0].tolerance(at: distance) }
}
