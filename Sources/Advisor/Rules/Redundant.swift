/// Two usable indexes that answer the same queries: the second one only costs writes and memory.
struct Redundant: Rule {
    let name = "redundant"
    let summary = "two usable indexes that serve the same measure"
    let defaultMode = RuleMode.warn

    /// What decides which queries an index can answer.
    private struct Service: Hashable {
        var operatorClass: String
        var type: VectorType?
        var dimensions: Int?
        var expression: String?
        var predicate: String?
    }

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        collection.relations.flatMap { relation in
            let usable = relation.indexes.filter { $0.isUsable && $0.measure != nil }
            let groups = Dictionary(grouping: usable) { index in
                Service(
                    operatorClass: index.operatorClass,
                    type: index.indexedType,
                    dimensions: index.indexedDimensions,
                    expression: index.expression,
                    predicate: index.predicate
                )
            }
            let pairs = groups.values.filter { $0.count > 1 }.map { $0.sorted(by: isBetter) }
            return pairs.flatMap { group in
                group.dropFirst().map { finding(collection, relation, kept: group[0], spare: $0, context) }
            }
            .sorted { ($0.index ?? "") < ($1.index ?? "") }
        }
    }

    /// The index to keep comes first: the one that queries use, then HNSW, then the first by name.
    private func isBetter(_ left: VectorIndex, _ right: VectorIndex) -> Bool {
        if left.scans != right.scans { return left.scans > right.scans }
        if left.method != right.method { return left.method == .hnsw }
        return left.name < right.name
    }

    private func finding(
        _ collection: Collection,
        _ relation: Relation,
        kept: VectorIndex,
        spare: VectorIndex,
        _ context: RuleContext
    ) -> Finding {
        let reason =
            kept.scans == spare.scans
            ? "neither is used more than the other, and \(kept.method) is the one to keep"
            : "queries use \(kept.name) more (\(kept.scans) scans against \(spare.scans))"
        return Finding(
            rule: name,
            severity: .notice,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: relation.oid,
            index: spare.name,
            summary: "\(spare.name) serves the same measure as \(kept.name)\(collection.part(relation))",
            advice: "Drop \(spare.name): \(reason). Scans on standbys are not counted here.",
            evidence: [
                .text("keptIndex", kept.name),
                .count("scans", spare.scans),
                .count("keptIndexScans", kept.scans),
                .count("sizeBytes", spare.sizeBytes),
            ],
            remedy: .dropIndex,
            withheld: "which of two good indexes goes is for a person to say"
        )
    }
}
