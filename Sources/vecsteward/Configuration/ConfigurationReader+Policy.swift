import Advisor

// The settings that exist at every level: rules and index preferences.
extension ConfigurationReader {
    /// Reads `rules` and `index` of one level.
    ///
    /// - Parameters:
    ///   - members: The members of the object that is the level.
    ///   - base: The preferences that the level inherits.
    ///   - pattern: The collections that the level applies to.
    /// - Returns: The level, without its mistakes.
    mutating func layer(
        _ members: [String: Item],
        over base: IndexPreferences,
        pattern: NamePattern? = nil
    ) -> PolicyLayer {
        PolicyLayer(pattern: pattern, rules: rules(members["rules"]), index: index(members["index"], over: base))
    }

    private mutating func rules(_ item: Item?) -> [String: RuleOverride] {
        guard let item, let members = object(item, keys: RuleBook.all.map(\.name).sorted(), what: "rule") else {
            return [:]
        }
        var overrides: [String: RuleOverride] = [:]
        for rule in RuleBook.all {
            guard let item = members[rule.name],
                let settings = object(item, keys: ["mode"] + rule.thresholds.map(\.name))
            else { continue }
            var override = RuleOverride()
            override.mode = choice(settings["mode"], of: RuleMode.allCases.map { ($0.rawValue, $0) })
            for threshold in rule.thresholds {
                let value = number(settings[threshold.name], in: threshold.range, isWhole: threshold.isWhole)
                if let value { override.values[threshold.name] = value }
            }
            overrides[rule.name] = override
        }
        return overrides
    }

    private mutating func index(_ item: Item?, over base: IndexPreferences) -> IndexOverride {
        var override = IndexOverride()
        guard let item,
            let members = object(item, keys: ["method", "measure", "m", "efConstruction", "lists"])
        else { return override }
        let methods: [(name: String, value: IndexMethod?)] = [("auto", nil), ("hnsw", .hnsw), ("ivfflat", .ivfflat)]
        override.method = choice(members["method"], of: methods)
        override.distanceMetric = choice(members["measure"], of: DistanceMetric.allCases.map { ($0.rawValue, $0) })
        override.lists = choice(members["lists"], of: ListsPreference.allCases.map { ($0.rawValue, $0) })
        override.m = whole(members["m"], in: 2...100)
        override.efConstruction = whole(members["efConstruction"], in: 4...1_000)
        guard override.m != nil || override.efConstruction != nil else { return override }
        let result = preferences(base, override)
        if !isBuildable(result) {
            complain(item, "results in m \(result.m) and efConstruction \(result.efConstruction)", pairHint(result.m))
        }
        return override
    }

    /// The preferences of a level: those that it inherits, changed by its own.
    func preferences(_ base: IndexPreferences, _ override: IndexOverride) -> IndexPreferences {
        IndexPreferences(
            method: override.method ?? base.method,
            distanceMetric: override.distanceMetric ?? base.distanceMetric,
            m: override.m ?? base.m,
            efConstruction: override.efConstruction ?? base.efConstruction,
            lists: override.lists ?? base.lists
        )
    }

    /// Whether pgvector builds an HNSW index with these values: it rejects `ef_construction` below `2 * m`.
    func isBuildable(_ preferences: IndexPreferences) -> Bool {
        preferences.efConstruction >= 2 * preferences.m
    }

    private func pairHint(_ m: Int) -> String {
        "Give an efConstruction of \(2 * m) or more, which is 2 * m, or a smaller m; what is not set here is "
            + "inherited."
    }

    /// Reads the levels for collections that match a pattern.
    mutating func collections(_ item: Item?, over base: IndexPreferences) -> [PolicyLayer] {
        guard let item, let elements = list(item, of: "objects") else { return [] }
        var layers: [PolicyLayer] = []
        for element in elements {
            guard let members = object(element, keys: ["match", "rules", "index", "searches", "queries"]) else {
                continue
            }
            let searches = searches(members["searches"])
            let queries = queries(members["queries"])
            if members["match"] == nil {
                complain(element, "has no \"match\"", Self.patternHint)
            }
            guard let pattern = pattern(members["match"]) else {
                // Its other mistakes are reported as well.
                _ = layer(members, over: base)
                continue
            }
            var layer = layer(members, over: base, pattern: pattern)
            layer.searches = searches
            layer.queries = queries
            layers.append(layer)
        }
        return layers
    }

    /// Checks whether levels that match the same collection fit together.
    ///
    /// If one pattern sets `m` and another `efConstruction`, a collection that matches both gets both values.
    ///
    /// - Parameters:
    ///   - own: The patterns of one level.
    ///   - others: The patterns of the level above, which were checked against each other there.
    ///   - item: The place to name in a complaint.
    mutating func checkPairs(_ own: [PolicyLayer], with others: [PolicyLayer], _ item: Item) {
        // In the order of a PolicyBook: of two equally specific patterns, the later one wins.
        let layers = others + own
        let rank = { (index: Int) in (layers[index].pattern?.specificity ?? 0, index) }
        for (first, layer) in layers.enumerated() {
            guard let m = layer.index.m, let wide = layer.pattern else { continue }
            for (second, other) in layers.enumerated() where first != second && max(first, second) >= others.count {
                guard let efConstruction = other.index.efConstruction, efConstruction < 2 * m,
                    let narrow = other.pattern
                else { continue }
                // A winning pattern that sets both numbers decides alone.
                let winner = rank(first) > rank(second) ? layer.index : other.index
                guard winner.m == nil || winner.efConstruction == nil, wide.overlaps(narrow) else { continue }
                let names = [wide, narrow].map { Quoted.value($0.description) ?? "a pattern" }
                complain(
                    item,
                    "has m \(m) for \(names[0]) and efConstruction \(efConstruction) for \(names[1]), "
                        + "and a collection can match both",
                    "Give both numbers in both places, or an efConstruction of \(2 * m) or more."
                )
            }
        }
    }

    /// Checks the patterns for all databases against the preferences of one database.
    mutating func checkInherited(_ patterns: [PolicyLayer], over base: IndexPreferences, _ item: Item) {
        for layer in patterns {
            let result = preferences(base, layer.index)
            guard let pattern = layer.pattern, !isBuildable(result) else { continue }
            let name = Quoted.value(pattern.description) ?? "a pattern"
            complain(
                item,
                "results in m \(result.m) and efConstruction \(result.efConstruction) for \(name), "
                    + "which is in the collections of all databases",
                pairHint(result.m)
            )
        }
    }
}
