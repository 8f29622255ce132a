/// A collection that is indexed and searched, but no search uses its index.
///
/// It counts from the oldest sample of the last days, and never from before the index's build: a search long ago does
/// not silence it, and reads from before the index existed do not trigger it.
struct Unused: Rule {
    static let minimumScans = Threshold(name: "minimumScans", defaultValue: 100, range: 1...1e12, isWhole: true)

    let name = "unused"
    let summary = "an index that is not scanned although its table is read"
    let defaultMode = RuleMode.warn
    let thresholds = [minimumScans]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        let minimum = context.settings.count(Self.minimumScans)
        return collection.relations.flatMap { relation in
            relation.indexes.compactMap { index in
                // The purpose of the methods of other extensions is unknown here.
                guard index.isUsable, index.parameters != nil else { return nil }
                let now = context.server.observedAt
                func use(of index: VectorIndex) -> UseSample {
                    let counters = UseSample(of: index, on: relation, at: now)
                    return index.sample?.counted(until: counters) ?? counters
                }
                let own = use(of: index)
                let others = relation.indexes.filter { $0.oid != index.oid }.reduce(0) { $0 + use(of: $1).scans }
                let fullScans = min(
                    own.sequentialScans,
                    own.sequentialRowsRead / max(relation.rows.value, 1)
                )
                guard own.scans == 0, fullScans + others >= minimum else { return nil }
                let window = index.sample.map { max(0, now - $0.takenAt) }
                return finding(collection, relation, index, fullScans, others, window, context)
            }
        }
    }

    private func finding(
        _ collection: Collection,
        _ relation: Relation,
        _ index: VectorIndex,
        _ fullScans: Int64,
        _ others: Int64,
        _ window: Double?,
        _ context: RuleContext
    ) -> Finding {
        let distanceMetric =
            index.distanceMetric.map { "\($0.rawValue), operator \($0.distanceOperator)" } ?? "its operator"
        let searches = Numbers.grouped(fullScans + others)
        let since =
            window.map { "in the last \(Self.words($0))" }
            ?? "since the statistics began, which may be before the index existed"
        let why = UnusedReasons(index, in: collection, context)?.sentences
        var evidence: [Evidence] = [
            .count("scans", index.scans),
            .count("fullScans", fullScans),
            .count("otherIndexScans", others),
            .count("sizeBytes", index.sizeBytes),
        ]
        if let window { evidence.append(.count("windowSeconds", Int64(window))) }
        return Finding(
            rule: name,
            severity: .notice,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: relation.oid,
            index: index.name,
            summary: "\(index.name) was not scanned, while its table was read \(searches) times"
                + "\(collection.part(relation)), \(since)",
            advice: (why.map { $0 + " " } ?? "")
                + "Check EXPLAIN of your search. It must order by the column\(cast(of: index)) and the operator of the index "
                + "(\(distanceMetric)), ascending and by nothing else, and have a LIMIT, as in the statement below. "
                + "If it orders by "
                + "another operator, the index has the wrong distance metric. Many probes make the planner prefer a scan. "
                + "Scans on standbys are not counted here.",
            evidence: evidence,
            advised: context.explanation(of: index, on: relation, collection).map { [$0] } ?? []
        )
    }

    private func cast(of index: VectorIndex) -> String {
        guard index.expression != nil, let type = index.indexedType else { return "" }
        return index.indexedDimensions.map { " cast to \(type.rawValue)(\($0))" } ?? " cast to \(type.rawValue)"
    }

    /// A length of time in days, hours or minutes.
    static func words(_ seconds: Double) -> String {
        if seconds >= 172_800 { return "\(Int(seconds / 86_400)) days" }
        if seconds >= 7_200 { return "\(Int(seconds / 3_600)) hours" }
        return "\(Int(max(seconds / 60, 2))) minutes"
    }
}

extension CatalogSnapshot {
    /// The indexes that seem unused by the counters of their tables, so that samples of them are worth recording.
    ///
    /// - Parameter policies: The configuration.
    /// - Returns: Their identities.
    public func indexesOfDoubtfulUse(policies: PolicyBook) -> [IndexIdentity] {
        let rule = Unused()
        return collections.flatMap { collection -> [IndexIdentity] in
            guard collection.relations.contains(where: { !$0.indexes.isEmpty }) else { return [] }
            let settings = policies.policy(for: collection.name).settings(for: rule)
            guard settings.mode != .off else { return [] }
            let minimum = settings.count(Unused.minimumScans)
            return collection.relations.flatMap { relation -> [IndexIdentity] in
                let scans = relation.indexes.reduce(0) { $0 + $1.scans }
                let searches = relation.statistics.fullScans(rows: relation.rows.value)
                // The scans of one index count as searches for the others.
                guard searches + (relation.indexes.count > 1 ? scans : 0) >= minimum else { return [] }
                return relation.indexes.map { IndexIdentity(oid: $0.oid, relfilenode: $0.relfilenode) }
            }
        }
    }
}
