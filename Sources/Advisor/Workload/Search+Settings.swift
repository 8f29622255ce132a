extension Search {
    /// A setting as it holds for the search; pgvector's default where nothing else is known.
    func setting(_ name: String, default value: String) -> SearchSetting {
        settings[name] ?? SearchSetting(value, .builtIn)
    }

    /// `ivfflat.probes`; `nil` if the value is no number.
    var probes: Int? { Int(setting("ivfflat.probes", default: "1").value) }

    /// `hnsw.ef_search`; `nil` if the value is no number.
    var candidates: Int? { Int(setting("hnsw.ef_search", default: "40").value) }

    /// Whether a scan of an index of this method continues until it has found enough rows.
    func isIterative(_ method: IndexMethod) -> Bool {
        ["relaxed_order", "strict_order"].contains(setting("\(method).iterative_scan", default: "off").value)
    }

    /// Whether the planner may take an index for it: it has a LIMIT, as far as is known, and index scans are not turned
    /// off.
    var mayTakeIndex: Bool {
        shape.limit != .all && !shape.obstacles.contains(.noLimit)
            && setting("enable_indexscan", default: "on").value != "off"
    }
}

extension Collection {
    /// The usable indexes that serve a search, if all of them are of pgvector's methods and of one; empty otherwise.
    ///
    /// Which of two methods the planner takes is unknown, and so is what an index of another extension does.
    func approximateIndexes(for search: Search) -> [(relation: Relation, index: VectorIndex)] {
        guard search.mayTakeIndex, case .served(let names) = service(of: search.shape) else { return [] }
        let serving = relations.flatMap { relation in
            relation.indexes.filter { index in
                index.isUsable && index.distanceMetric == search.shape.distanceMetric && names.contains(index.name)
            }
            .map { (relation: relation, index: $0) }
        }
        guard let method = serving.first?.index.method, method == .hnsw || method == .ivfflat,
            serving.allSatisfy({ $0.index.method == method })
        else { return [] }
        return serving
    }
}
