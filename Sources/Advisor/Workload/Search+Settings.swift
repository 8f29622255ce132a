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
