/// What the scans of the indexes that serve a search show, as the server counts the rows that they gave before any filter.
///
/// A scan without iterative scan has a known end: `hnsw.ef_search` rows, or those of the lists that it reads. It gives fewer only if
/// the search has all the rows that it asks for.
enum ScanSign: Equatable {
    /// No index was ever scanned: the planner leaves them to other searches.
    case unused
    /// Scans end long before they have given all that they can, because the search has its rows.
    case early
    /// Scans give all that they can: so many rows on average.
    case exhausted(rowsPerScan: Double)
    /// The counters do not tell.
    case unknown

    /// The scans from which on a mean of them says something.
    static let fewestScans: Int64 = 10
    /// The share of what a scan can give, 0 to 1, from which on it has given all: a row may have been deleted.
    private static let exhaustedShare = 0.9
    /// The share of the searches, 0 to 1, whose scans may be exhausted while the mean is taken to be healthy.
    private static let earlyShare = 0.5

    /// Reads the counters.
    ///
    /// Searches of all kinds share them, so `share` bounds what can be said of one kind.
    ///
    /// - Parameters:
    ///   - search: The search.
    ///   - places: The indexes that serve it.
    ///   - share: Its share of the searches that these serve, 0 to 1.
    ///   - shareOfFiltered: The share of all those with a filter.
    init(_ search: Search, _ places: [SearchServices.Place], share: Double, shareOfFiltered: Double) {
        let counted = places.compactMap { place in place.index.scanCounts.map { (place, $0) } }
        guard !counted.isEmpty, counted.count == places.count else {
            self = .unknown
            return
        }
        if counted.allSatisfy({ $0.1.scans == 0 }) {
            self = .unused
            return
        }
        let scanned = counted.compactMap { place, counts -> (rows: Double, most: Double)? in
            guard counts.scans >= Self.fewestScans, let rows = counts.rowsPerScan,
                let most = place.index.mostRows(of: search, in: place.relation)
            else { return nil }
            return (rows, most)
        }
        guard !scanned.isEmpty else {
            self = .unknown
            return
        }
        // Were more than half of its own scans exhausted, the mean would be higher, whatever the others do.
        if scanned.allSatisfy({ $0.rows <= Self.earlyShare * share * $0.most }) {
            self = .early
        } else if shareOfFiltered >= 0.5, let worst = scanned.first(where: { $0.rows >= Self.exhaustedShare * $0.most })
        {
            self = .exhausted(rowsPerScan: worst.rows)
        } else {
            self = .unknown
        }
    }
}

extension VectorIndex {
    /// The most rows that a scan without iterative scan gives to a search; `nil` if that is unknown, or if it is all of them.
    fileprivate func mostRows(of search: Search, in relation: Relation) -> Double? {
        let rows = Double(relation.vectorRows.value)
        switch method {
        case .hnsw: return search.candidates.map(Double.init).flatMap { $0 < rows ? $0 : nil }
        case .ivfflat:
            guard let lists, let probes = search.probes, probes < lists else { return nil }
            return rows * Double(probes) / Double(lists)
        case .other: return nil
        }
    }
}
