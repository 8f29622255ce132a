/// A collection that has no usable index, or only partial ones: other searches read all of it.
struct Unindexed: Rule {
    static let minimumRows = Threshold(name: "minimumRows", defaultValue: 1_000, range: 0...1e12, isWhole: true)

    let name = "unindexed"
    let summary = "no usable vector index, so each search scans the whole table"
    let defaultMode = RuleMode.warn
    let thresholds = [minimumRows, SeenSearches.minimumSearches]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        let minimum = context.settings.count(Self.minimumRows)
        let lacking = collection.relations.compactMap { (relation) -> (Relation, Uncovered?)? in
            // An index without a condition leaves no row out.
            if let uncovered = collection.uncovered(in: relation) {
                return uncovered.atLeast > 0 ? (relation, uncovered) : nil
            }
            let isUnindexed = relation.vectorRows.value >= minimum && !context.isBuilding(on: relation)
            return isUnindexed ? (relation, nil) : nil
        }
        // The choice takes longer than all else, and most collections have an index. If no index is possible, the rule
        // `unindexable` reports it.
        guard !lacking.isEmpty, case .success(let choice) = context.choice(for: collection) else { return [] }
        let seen = SeenSearches(collection.workload.nearest, of: collection, context)
        return lacking.compactMap { relation, uncovered in
            if let uncovered {
                return partlyCovered(collection, relation, uncovered, minimum: minimum, context)
            }
            // An invalid index shows what its owner wanted, which outweighs any choice.
            let wish = WishedIndex(on: relation)
            return Finding(
                rule: name,
                severity: .warning,
                mode: context.settings.mode,
                collection: collection.name,
                relationOID: relation.oid,
                index: wish?.index?.name,
                summary: "no covering index\(collection.part(relation)): each search scans \(relation.scannedRows)",
                advice: wish?.advice ?? Self.advice(choice, seen, collection, context),
                evidence: relation.rowEvidence + [
                    .count("minimumRows", minimum),
                    .count("fullScans", relation.statistics.fullScans(rows: relation.rows.value)),
                    .count("unusableIndexes", relation.indexes.count),
                    .text("measure", (choice.cast?.distanceMetric ?? choice.definition.distanceMetric).rawValue),
                    .text("measureSource", choice.measureSource(collection).word),
                ] + (seen?.evidence ?? []),
                remedy: wish.map { $0.index == nil ? .byHand : .rebuildIndex }
                    ?? (choice.unservedSearches == nil ? .createIndex : .byHand),
                needs: [.rows(atLeast: minimum)],
                withheld: wish.map(\.withheld) ?? Self.withheld(choice, seen, collection, context),
                advised: wish == nil ? Self.statements(choice, relation, collection, context) : []
            )
        }
    }

    /// Reports a table whose usable indexes are all partial.
    ///
    /// It is unknown whether a search wants the other rows, so this is only a notice.
    private func partlyCovered(
        _ collection: Collection,
        _ relation: Relation,
        _ uncovered: Uncovered,
        minimum: Int64,
        _ context: RuleContext
    ) -> Finding? {
        let vectors = relation.vectorRows
        // A hundredth is within the error of ANALYZE's sample.
        guard uncovered.atLeast >= max(minimum, vectors.value / 100, 1), !context.isBuilding(on: relation) else {
            return nil
        }
        let partial = relation.indexes.filter(\.isUsable)
        let isSharp = uncovered.atMost - uncovered.atLeast <= vectors.value / 50
        let some = Numbers.grouped(uncovered.atLeast)
        let number = isSharp ? "about \(some)" : "\(some) to \(Numbers.grouped(uncovered.atMost))"
        let most = vectors.source == .atMost ? "at most " : ""
        let names = partial.prefix(3).map { index in
            index.name + (index.predicate.map { $0.isEmpty ? "" : " WHERE \($0)" } ?? "")
        }
        return Finding(
            rule: name,
            severity: .notice,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: relation.oid,
            summary: "no index covers \(number) of \(most)\(Numbers.grouped(vectors.value)) rows with a vector"
                + "\(collection.part(relation)), "
                + "because \(partial.count == 1 ? "its index is" : "its indexes are") partial: "
                + names.joined(separator: ", ") + (partial.count > 3 ? ", ..." : ""),
            advice:
                "A search without that condition scans the whole table. If no search wants the other rows, there is "
                + "nothing to do; otherwise create an index without a condition.",
            evidence: relation.rowEvidence + [
                .count("uncoveredRows", uncovered.atLeast),
                .count("uncoveredRowsAtMost", uncovered.atMost),
                .count("minimumRows", minimum),
                .count("fullScans", relation.statistics.fullScans(rows: relation.rows.value)),
            ],
            remedy: .createIndex,
            withheld: "a partial index is often intended, and it is unknown whether searches want the other rows"
        )
    }
}
