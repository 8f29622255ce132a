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
        mainSearch(throughAnyOf: [index.name], by: index.distanceMetric)
    }

    private func mainSearch(throughAnyOf names: Set<String>, by metric: DistanceMetric?) -> Search? {
        let served = workload.nearest.filter { search in
            guard search.shape.distanceMetric == metric, case .served(let indexes) = service(of: search.shape)
            else { return false }
            return !names.isDisjoint(with: indexes)
        }
        return served.max { $0.number < $1.number }
    }

    /// The settings that the searches through an index have, as far as they are known: those of the most frequent one, and for a
    /// collection of vecs what vecs sets.
    public func searchSettings(through index: VectorIndex) -> [String: SearchSetting] {
        searchSettings(throughAnyOf: [index.name], of: index)
    }

    /// The same of the index of a partitioned table, which searches use through its parts of these names.
    public func searchSettings(throughAnyOf parts: Set<String>, of index: VectorIndex) -> [String: SearchSetting] {
        let search = mainSearch(throughAnyOf: parts, by: index.distanceMetric)
        let settings = search?.settings ?? (name.isVecs ? SearchSetting.ofVecs : [:])
        return settings.filter { index.method.searchSettingNames.contains($0.key) && $0.value.isKnown }
    }
}
