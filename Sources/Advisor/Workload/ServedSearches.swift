/// The searches of a collection for the nearest rows that approximate indexes serve, and what the scans of these show.
struct ServedSearches {
    /// A search with its indexes.
    struct Served {
        var search: Search
        var places: [SearchServices.Place]
        /// The object identifiers of the indexes.
        var indexes: Set<UInt32>
    }

    let all: [Served]

    init(_ collection: Collection) {
        var services = SearchServices(collection)
        var all: [Served] = []
        for search in collection.workload.nearest {
            let places = services.approximateIndexes(for: search)
            guard !places.isEmpty else { continue }
            all.append(Served(search: search, places: places, indexes: Set(places.map(\.index.oid))))
        }
        self.all = all
    }

    /// What the scans of its indexes show of a search.
    func sign(of served: Served) -> ScanSign {
        guard let shares = shares(of: served) else { return .unknown }
        return ScanSign(served.search, served.places, share: shares.own, shareOfFiltered: shares.filtered)
    }

    /// Whether a scan gives no more rows than the search returns, so that its filter drops none.
    func dropsNothing(_ served: Served) -> Bool {
        guard served.places.count == 1, let counts = served.places[0].index.scanCounts,
            counts.scans >= ScanSign.fewestScans, let given = counts.rowsPerScan,
            let rows = served.search.recent.rowsPerCall, rows > 0, let shares = shares(of: served), shares.own >= 0.9
        else { return false }
        return abs(given - rows) <= 0.01 * rows
    }

    /// The shares of the searches which the same indexes serve, 0 to 1: of this one, and of all with a filter; `nil` if nothing
    /// counts the scans.
    private func shares(of served: Served) -> (own: Double, filtered: Double)? {
        guard served.places.contains(where: { $0.index.scanCounts != nil }) else { return nil }
        // Nobody counted those of the configuration.
        let alike = all.filter {
            $0.search.isConfigured == served.search.isConfigured && !$0.indexes.isDisjoint(with: served.indexes)
        }
        .map(\.search)
        let number = Double(Workload.number(of: alike))
        guard number > 0 else { return nil }
        let filtered = alike.filter { !$0.shape.filters.isEmpty }
        return (Double(served.search.number) / number, Double(Workload.number(of: filtered)) / number)
    }
}
