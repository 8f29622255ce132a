/// Searches whose settings let their index find too little: too few probes for its lists, or fewer candidates than rows
/// asked for.
struct SearchSettings: Rule {
    /// The probes below which a search finds too little, as a multiple of the square root of the lists.
    static let probesFactor = Threshold(name: "probesFactor", defaultValue: 1, range: 0.1...100, isWhole: false)

    let name = "search-settings"
    let summary = "searches whose settings let their index find too little"
    let defaultMode = RuleMode.warn
    let thresholds = [probesFactor, SeenSearches.minimumShare]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        var services = SearchServices(collection)
        var lacking: [Lack.Key: [Lack]] = [:]
        for search in collection.workload.nearest {
            let lack =
                search.hasNoLimit
                ? unlimited(search, services.approximateIndexes(serving: search.shape), collection, context)
                : lack(of: search, servedBy: services.approximateIndexes(for: search), context)
            guard let lack else { continue }
            lacking[lack.key, default: []].append(lack)
        }
        // One finding for each index: the searches that lack most.
        let findings = lacking.values.compactMap { lacks -> Finding? in
            guard let seen = SeenSearches(lacks.map(\.search), of: collection, context),
                seen.share >= context.settings[SeenSearches.minimumShare]
            else { return nil }
            return finding(lacks, seen, collection, context)
        }
        return findings.sorted { ($0.index ?? "", $0.summary) < ($1.index ?? "", $1.summary) }
    }

    /// What one search lacks.
    fileprivate struct Lack {
        enum Kind {
            /// Too few probes for the lists.
            case probes(Int, lists: Int)
            /// More rows are asked for than there are candidates.
            case candidates(Int, rows: Int)
            /// As many rows came as there are candidates; more may have been asked for.
            case ceiling(Int)
            /// All rows are asked for, and as many came as there are candidates.
            case unlimited(Int, rows: RowCount)
        }
        struct Key: Hashable {
            var index: String
            var part: UInt32
        }

        var search: Search
        var relation: Relation
        var index: VectorIndex
        var kind: Kind
        /// What the settings should be.
        var wanted: AdvisedStatement.SearchParameter
        /// Where the setting comes from.
        var source: SearchSetting.Source

        var key: Key { Key(index: index.name, part: relation.oid) }
        /// How badly it lacks: lower is worse.
        var degree: Double {
            switch kind {
            case .probes(let probes, let lists): Double(probes) / Double(max(lists, 1))
            case .candidates(let candidates, let rows): Double(candidates) / Double(max(rows, 1))
            case .ceiling: 1
            case .unlimited(let candidates, let rows): Double(candidates) / Double(max(rows.value, 1))
            }
        }
    }

    private func lack(
        of search: Search,
        servedBy serving: [SearchServices.Place],
        _ context: RuleContext
    ) -> Lack? {
        // Of several partitions, the index with the most lists needs the most probes.
        guard let (relation, index) = serving.max(by: { ($0.index.lists ?? 0) < ($1.index.lists ?? 0) }) else {
            return nil
        }
        if let lists = index.lists, let probes = search.probes {
            let root = Double(Lists.recommendedProbes(lists: lists, formerLists: nil))
            let wanted = min(lists, max(1, Int((root * context.settings[Self.probesFactor]).rounded(.up))))
            guard probes < wanted else { return nil }
            return Lack(
                search: search,
                relation: relation,
                index: index,
                kind: .probes(probes, lists: lists),
                wanted: .probes(wanted),
                source: search.setting("ivfflat.probes").source
            )
        }
        guard index.method == .hnsw, let candidates = search.candidates, !search.mayBeIterative(.hnsw) else {
            return nil
        }
        if let rows = search.rowsAsked {
            guard rows > candidates else { return nil }
            let wanted: AdvisedStatement.SearchParameter =
                rows > SearchSetting.mostCandidates && context.hasIterativeScan
                ? .iterativeScan(.hnsw) : .efSearch(min(rows, SearchSetting.mostCandidates))
            return Lack(search, (relation, index), .candidates(candidates, rows: rows), wanted)
        }
        // Without a filter, a mean of exactly ef_search rows is the most that the index gives.
        guard let rows = search.recent.rowsPerCall, search.number > 1, search.shape.filters.isEmpty,
            abs(rows - Double(candidates)) < 0.005 * Double(candidates)
        else { return nil }
        return Lack(search, (relation, index), .ceiling(candidates), context.moreCandidates(than: candidates))
    }

    /// What a search without LIMIT lacks that gets as many rows as its HNSW indexes give, or hardly fewer, as where some are
    /// deleted, while there are more.
    ///
    /// The planner takes an index for such a search only where it finds that cheaper than to sort the whole table.
    private func unlimited(
        _ search: Search,
        _ serving: [SearchServices.Place],
        _ collection: Collection,
        _ context: RuleContext
    ) -> Lack? {
        guard let first = serving.first, first.index.method == .hnsw, search.permitsIndexScan,
            !search.mayBeIterative(.hnsw), search.shape.filters.isEmpty, !search.shape.isWithinDistance,
            let candidates = search.candidates, let rows = search.recent.rowsPerCall, search.number > 1
        else { return nil }
        // Each partition has an index, and each of those gives as many.
        let most = Double(candidates * serving.count)
        guard rows >= 0.9 * most, rows <= 1.005 * most, Double(collection.vectorRows.value) > 1.1 * most else {
            return nil
        }
        return Lack(
            search,
            first,
            .unlimited(candidates, rows: collection.vectorRows),
            context.moreCandidates(than: candidates)
        )
    }

    private func finding(
        _ lacks: [Lack],
        _ seen: SeenSearches,
        _ collection: Collection,
        _ context: RuleContext
    ) -> Finding? {
        guard let worst = lacks.min(by: { $0.degree < $1.degree }) else { return nil }
        let index = worst.index.name
        var severity = seen.severity
        let summary: String
        let meaning: String
        var evidence: [Evidence] = []
        switch worst.kind {
        case .probes(let probes, let lists):
            let share = Double(probes) / Double(lists)
            if case .probes(let wanted) = worst.wanted {
                if probes * 2 >= wanted { severity = .notice }
                evidence.append(.count("recommendedProbes", wanted))
            }
            summary =
                "\(seen.words) read \(probes) of the \(Numbers.grouped(Int64(lists))) lists of \(index) "
                + "(\(Numbers.decimal(share * 100, digits: share < 0.1 ? 1 : 0)) %)\(collection.part(worst.relation))"
            meaning = "Neighbours in the other lists are not found; more probes find more and take longer."
            evidence += [.count("probes", probes), .count("lists", lists), .ratio("listShare", share)]
        case .candidates(let candidates, let rows):
            summary =
                "searches ask for \(Numbers.grouped(Int64(rows))) rows with hnsw.ef_search \(candidates): \(index) returns at most "
                + "\(candidates)\(collection.part(worst.relation))"
            meaning = "An HNSW index returns no more rows than ef_search unless iterative scan is on."
            evidence += [.count("efSearch", candidates), .count("rowsAsked", rows)]
        case .ceiling(let candidates):
            severity = .notice
            summary =
                "searches return \(candidates) rows each, which is hnsw.ef_search and the most that \(index) returns: they may "
                + "ask for more\(collection.part(worst.relation))"
            meaning = "An HNSW index returns no more rows than ef_search unless iterative scan is on."
            evidence += [.count("efSearch", candidates), .ratio("rowsPerCall", worst.search.recent.rowsPerCall ?? 0)]
        case .unlimited(let candidates, let rows):
            let returned = worst.search.recent.rowsPerCall ?? 0
            // How many rows have a vector may not be known.
            if rows.source == .atMost || rows.source == .unknown { severity = .notice }
            summary =
                "searches without LIMIT return \(Numbers.decimal(returned, digits: 1)) of \(rows.source == .atMost ? "at most " : "")"
                + "\(Numbers.grouped(rows.value)) rows: \(index) returns at most \(candidates), which is hnsw.ef_search"
                + collection.part(worst.relation)
            meaning =
                "An HNSW index returns no more rows than ef_search unless iterative scan is on, also to a search that asks for "
                + "all. Write the LIMIT that is meant; where all rows are, SET LOCAL enable_indexscan = off keeps the search "
                + "from the index. Iterative scan ends at hnsw.max_scan_tuples."
            evidence += [
                .count("efSearch", candidates), .ratio("rowsPerCall", returned), .count("vectorRows", rows.value),
            ]
        }
        let change = SettingChange(
            lacks.map(\.wanted).max { $0.strength < $1.strength } ?? worst.wanted,
            for: lacks.map { ($0.search, $0.source) },
            of: collection,
            database: context.server.database
        )
        return Finding(
            rule: name,
            severity: severity,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: worst.relation.oid,
            index: index,
            summary: summary,
            advice: "\(meaning) \(change.advice) \(seen.source)",
            evidence: evidence + [.text("settingSource", worst.source.word)] + seen.evidence,
            advised: change.statements
        )
    }
}

extension SearchSettings.Lack {
    /// What a search lacks through an HNSW index, and the setting that gives it.
    fileprivate init(
        _ search: Search,
        _ place: SearchServices.Place,
        _ kind: Kind,
        _ wanted: AdvisedStatement.SearchParameter
    ) {
        self.init(
            search: search,
            relation: place.relation,
            index: place.index,
            kind: kind,
            wanted: wanted,
            source: search.setting(wanted.name).source
        )
    }
}

extension RuleContext {
    /// The setting with which an HNSW index gives more rows than so many.
    fileprivate func moreCandidates(than candidates: Int) -> AdvisedStatement.SearchParameter {
        hasIterativeScan ? .iterativeScan(.hnsw) : .efSearch(min(2 * candidates, SearchSetting.mostCandidates))
    }
}
