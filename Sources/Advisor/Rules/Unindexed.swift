/// A collection that no usable index covers: each search reads all of it.
struct Unindexed: Rule {
    static let minimumRows = Threshold(name: "minimumRows", defaultValue: 1_000, range: 0...1e12, isWhole: true)

    let name = "unindexed"
    let summary = "no usable vector index, so that each search scans the whole table"
    let defaultMode = RuleMode.warn
    let thresholds = [minimumRows]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        // Where no index is possible the rule `unindexable` has the say.
        guard case .success(let choice) = context.choice(for: collection) else { return [] }
        let minimum = context.settings.count(Self.minimumRows)
        return collection.relations.compactMap { relation in
            guard !relation.indexes.contains(where: \.isUsable), !context.isBuilding(on: relation),
                relation.vectorRows.value >= minimum
            else { return nil }
            return Finding(
                rule: name,
                severity: .warning,
                mode: context.settings.mode,
                collection: collection.name,
                relationOID: relation.oid,
                summary: "no covering index\(collection.part(relation)): each search scans \(relation.scannedRows)",
                advice: "Create an index for \(choice.definition.measure.rawValue); never search in production "
                    + "without one.",
                evidence: relation.rowEvidence + [
                    .count("minimumRows", minimum),
                    .count("fullScans", relation.statistics.fullScans(rows: relation.rows.value)),
                    .count("unusableIndexes", relation.indexes.count),
                ],
                remedy: .createIndex,
                holdsAboveRows: minimum - 1
            )
        }
    }
}
