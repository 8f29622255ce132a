/// A collection that is indexed and searched, and whose index no search uses.
struct Unused: Rule {
    static let minimumScans = Threshold(name: "minimumScans", defaultValue: 100, range: 1...1e12, isWhole: true)

    let name = "unused"
    let summary = "an index that is never scanned though its table is read"
    let defaultMode = RuleMode.warn
    let thresholds = [minimumScans]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        let minimum = context.settings.count(Self.minimumScans)
        return collection.relations.flatMap { relation in
            relation.indexes.compactMap { index in
                let others = relation.indexes.filter { $0.oid != index.oid }.reduce(0) { $0 + $1.scans }
                let fullScans = relation.statistics.fullScans(rows: relation.rows.value)
                let searches = fullScans + others
                guard index.isUsable, index.scans == 0, searches >= minimum else { return nil }
                let measure = index.measure.map { "\($0.rawValue), operator \($0.distanceOperator)" } ?? "its operator"
                return Finding(
                    rule: name,
                    severity: .notice,
                    mode: context.settings.mode,
                    collection: collection.name,
                    relationOID: relation.oid,
                    index: index.name,
                    summary: "\(index.name) was never scanned, while its table was read \(Numbers.grouped(searches)) "
                        + "times\(collection.part(relation))",
                    advice: "Look at EXPLAIN of your search. It must say ORDER BY column \(cast(of: index))<operator> "
                        + "LIMIT n, with the measure of the index (\(measure)), ascending and nothing else to sort by; "
                        + "many probes make the planner prefer a scan. Scans on standbys are not counted here.",
                    evidence: [
                        .count("scans", index.scans),
                        .count("fullScans", fullScans),
                        .count("otherIndexScans", others),
                        .count("sizeBytes", index.sizeBytes),
                    ]
                )
            }
        }
    }

    private func cast(of index: VectorIndex) -> String {
        guard index.expression != nil, let type = index.indexedType else { return "" }
        return index.indexedDimensions.map { "::\(type.rawValue)(\($0)) " } ?? "::\(type.rawValue) "
    }
}
