extension IndexMethod {
    /// The settings that decide what an index of this method finds.
    public var searchSettingNames: [String] {
        switch self {
        case .hnsw: ["hnsw.ef_search", "hnsw.iterative_scan", "hnsw.max_scan_tuples", "hnsw.scan_mem_multiplier"]
        case .ivfflat: ["ivfflat.probes", "ivfflat.iterative_scan", "ivfflat.max_probes"]
        case .other: []
        }
    }
}

extension Collection {
    /// The most frequent search for the nearest rows that an index serves; `nil` if none is known.
    public func mainSearch(through index: VectorIndex) -> Search? {
        let served = workload.nearest.filter { search in
            guard search.shape.distanceMetric == index.distanceMetric,
                case .served(let indexes) = service(of: search.shape)
            else { return false }
            return indexes.contains(index.name)
        }
        return served.max { $0.number < $1.number }
    }

    /// The settings that the searches through an index have, as far as they are known: those of the most frequent one, and for a
    /// collection of vecs what vecs sets.
    public func searchSettings(through index: VectorIndex) -> [String: SearchSetting] {
        let settings = mainSearch(through: index)?.settings ?? (name.isVecs ? SearchSetting.ofVecs : [:])
        return settings.filter { index.method.searchSettingNames.contains($0.key) }
    }
}
