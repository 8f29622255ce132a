extension Search {
    /// A setting as it holds for the search; pgvector's default where nobody sets another.
    func setting(_ name: String) -> SearchSetting {
        if let setting = settings[name] { return setting }
        return knowsSettings ? SearchSetting(SearchSetting.builtIn[name] ?? "", .builtIn) : .unknown(.unknown)
    }

    /// `ivfflat.probes`; `nil` if the value is unknown or no number.
    var probes: Int? { Int(setting("ivfflat.probes").value) }

    /// `hnsw.ef_search`; `nil` if the value is unknown or no number.
    var candidates: Int? { Int(setting("hnsw.ef_search").value) }

    /// Whether it is known how much of an index of this method it reads.
    func knowsEffort(of method: IndexMethod) -> Bool {
        switch method {
        case .ivfflat: setting("ivfflat.probes").isKnown
        case .hnsw: setting("hnsw.ef_search").isKnown
        case .other: true
        }
    }

    /// Whether a scan of an index of this method continues until it has found enough rows.
    func isIterative(_ method: IndexMethod) -> Bool {
        ["relaxed_order", "strict_order"].contains(setting("\(method).iterative_scan").value)
    }

    /// Whether it continues, or may, because that is unknown.
    func mayBeIterative(_ method: IndexMethod) -> Bool {
        isIterative(method) || !setting("\(method).iterative_scan").isKnown
    }

    /// Whether the planner may take an index for it: it has a LIMIT, as far as is known, and index scans are known not to be
    /// turned off.
    var mayTakeIndex: Bool { !hasNoLimit && permitsIndexScan }

    /// Whether it asks for all rows.
    var hasNoLimit: Bool { shape.limit == .all || shape.obstacles.contains(.noLimit) }

    /// Whether index scans are known not to be turned off.
    var permitsIndexScan: Bool { !turnsIndexScansOff && setting("enable_indexscan").isKnown }

    /// Whether index scans are known to be turned off.
    var turnsIndexScansOff: Bool { setting("enable_indexscan").value == "off" }
}
