/// Searches by an operator that no index of their table is for, although it has indexes: each scans the whole table.
struct WrongMeasure: Rule {
    static let minimumRows = Unindexed.minimumRows

    let name = "wrong-measure"
    let summary = "searches by an operator that no index of the table is for"
    let defaultMode = RuleMode.warn
    let thresholds = [minimumRows, SeenSearches.minimumShare, SeenSearches.minimumSearches]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        guard !collection.searches.isEmpty else { return [] }
        var services = SearchServices(collection)
        let indexes = collection.relations.flatMap(\.indexes).filter(\.isUsable)
        // An operator class that is not pgvector's may be for any operator.
        guard indexes.allSatisfy({ $0.distanceMetric != nil }) else { return [] }
        var unserved: [DistanceMetric: [Search]] = [:]
        for search in collection.workload.nearest {
            guard case .unserved(.distanceMetric) = services.service(of: search.shape) else { continue }
            unserved[search.shape.distanceMetric, default: []].append(search)
        }
        let seen = unserved.values.compactMap { SeenSearches($0, of: collection, context) }
            .filter { $0.share >= context.settings[SeenSearches.minimumShare] }
            .sorted {
                // What the configuration states decides.
                if $0.areConfigured != $1.areConfigured { return $0.areConfigured }
                return ($0.share, $1.metric.rawValue) > ($1.share, $0.metric.rawValue)
            }
        guard let first = seen.first else { return [] }
        let minimum = context.settings.count(Self.minimumRows)
        let choice = try? context.choice(for: collection).get()
        let index = context.index(on: first.searches[0].shape.searched, for: first.metric, of: collection)
        return collection.relations.compactMap { relation in
            // Where there is no index at all, the rule `unindexed` reports it.
            guard relation.indexes.contains(where: \.isUsable), !context.isBuilding(on: relation),
                relation.vectorRows.value >= minimum
            else { return nil }
            return finding(collection, relation, first, all: seen, choice, index, context)
        }
    }

    private func finding(
        _ collection: Collection,
        _ relation: Relation,
        _ seen: SeenSearches,
        all: [SeenSearches],
        _ choice: IndexChoice?,
        _ index: ServingIndex?,
        _ context: RuleContext
    ) -> Finding {
        let metric = seen.metric
        let usable = relation.indexes.filter(\.isUsable)
        let metrics = Set(usable.compactMap(\.distanceMetric)).sorted { $0.rawValue < $1.rawValue }
        let others = metrics.map(\.words).joined(separator: " and ")
        // The planner builds what the choice is for, which may be what the configuration says.
        let isChosen = choice?.definition.distanceMetric == metric && choice?.unservedSearches == nil
        let searched = seen.searches[0].shape.searched
        var advice = ["Create an index for \(metric.words), or search by the operator of the index."]
        if choice?.distanceMetricSource == .configured, !isChosen {
            advice.append(
                "The configuration says measure \(choice?.definition.distanceMetric.rawValue ?? ""): correct it."
            )
        }
        if let next = all.dropFirst().first {
            advice.append("The same holds for \(next.words), by \(next.metric.words).")
        }
        if let difference = collection.searchDifference { advice.append(difference) }
        if index == nil {
            advice.append(
                searched.isOther
                    ? "They compare \(searched.words), so the index has to be on exactly that."
                    : "pgvector \(context.pgvectorVersion) has no index for \(metric.words) on \(searched.words)."
            )
        } else {
            advice.append("Nothing is dropped: if no search needs the index for \(others), drop it later.")
        }
        if isChosen, let refused = choice?.refusedRows {
            advice.append("The index rejects \(refused), so writing them fails.")
        }
        return Finding(
            rule: name,
            severity: seen.severity,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: relation.oid,
            summary: "\(seen.words) order by \(metric.words), and no index is for it, only for "
                + "\(others)\(collection.part(relation)): each search scans \(relation.scannedRows)",
            advice: (advice + [seen.source]).joined(separator: " "),
            evidence: relation.rowEvidence + [
                .count("minimumRows", context.settings.count(Self.minimumRows)),
                .text("measure", metric.rawValue),
                .text("indexedMeasures", metrics.map(\.rawValue).joined(separator: ", ")),
            ] + seen.evidence,
            remedy: isChosen ? .createIndex : .byHand,
            needs: isChosen ? [.rows(atLeast: context.settings.count(Self.minimumRows))] : [],
            withheld: isChosen
                ? choice?.refusedRows.map { "the index would make writing \($0) fail" } ?? seen.withheld(context) : nil,
            advised: isChosen ? [] : index.map { [$0.creation(on: relation, collection)] } ?? []
        )
    }
}

extension SeenSearches {
    /// The distance metric of the first of them.
    fileprivate var metric: DistanceMetric { searches[0].shape.distanceMetric }
}
