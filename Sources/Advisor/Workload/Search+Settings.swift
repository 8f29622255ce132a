extension Search {
    /// A setting as it holds for the search; pgvector's default where nothing else is known.
    func setting(_ name: String) -> SearchSetting {
        settings[name] ?? SearchSetting(SearchSetting.builtIn[name] ?? "", .builtIn)
    }

    /// `ivfflat.probes`; `nil` if the value is no number.
    var probes: Int? { Int(setting("ivfflat.probes").value) }

    /// `hnsw.ef_search`; `nil` if the value is no number.
    var candidates: Int? { Int(setting("hnsw.ef_search").value) }

    /// Whether a scan of an index of this method continues until it has found enough rows.
    func isIterative(_ method: IndexMethod) -> Bool {
        ["relaxed_order", "strict_order"].contains(setting("\(method).iterative_scan").value)
    }

    /// Whether the planner may take an index for it: it has a LIMIT, as far as is known, and index scans are not turned
    /// off.
    var mayTakeIndex: Bool { !hasNoLimit && permitsIndexScan }

    /// Whether it asks for all rows.
    var hasNoLimit: Bool { shape.limit == .all || shape.obstacles.contains(.noLimit) }

    /// Whether index scans are not turned off.
    var permitsIndexScan: Bool { setting("enable_indexscan").value != "off" }
}
