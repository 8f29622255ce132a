/// Usable indexes that serve the same queries.
///
/// Of two copies, one only costs writes and memory; two methods, or two sets of parameters, are a choice.
struct Redundant: Rule {
    let name = "redundant"
    let summary = "two usable indexes that serve the same searches"
    let defaultMode = RuleMode.warn

    /// What decides which queries an index can serve.
    private struct Service: Hashable {
        var operatorClass: String
        var operatorClassSchema: String
        var type: VectorType?
        var dimensions: Int?
        var expression: String?
        var predicate: String?
    }

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        collection.relations.flatMap { relation -> [Finding] in
            // The abilities of the methods of other extensions are unknown here.
            let usable = relation.indexes.filter { $0.isUsable && $0.distanceMetric != nil && $0.parameters != nil }
            guard usable.count > 1 else { return [] }
            let groups = Dictionary(grouping: usable) { index in
                Service(
                    operatorClass: index.operatorClass,
                    operatorClassSchema: index.operatorClassSchema,
                    type: index.indexedType,
                    dimensions: index.indexedDimensions,
                    expression: index.expression,
                    predicate: index.predicate
                )
            }
            return groups.values.filter { $0.count > 1 }
                .flatMap { group -> [Finding] in
                    let sorted = group.sorted(by: isBetter)
                    var kept: [VectorIndex] = []
                    var findings: [Finding] = []
                    for index in sorted {
                        if let twin = kept.first(where: { $0.serves(sameAs: index) }) {
                            findings.append(duplicate(collection, relation, kept: twin, spare: index, context))
                        } else {
                            if let other = kept.first {
                                findings.append(choice(collection, relation, other, index, context))
                            }
                            kept.append(index)
                        }
                    }
                    return findings
                }
                .sorted { ($0.index ?? "") < ($1.index ?? "") }
        }
    }

    /// Sorts the index to keep first: the one that queries use, then one that cannot be dropped alone, then by name.
    private func isBetter(_ left: VectorIndex, _ right: VectorIndex) -> Bool {
        if left.scans != right.scans { return left.scans > right.scans }
        if (left.attachedTo == nil) != (right.attachedTo == nil) { return left.attachedTo != nil }
        return left.name < right.name
    }

    private func duplicate(
        _ collection: Collection,
        _ relation: Relation,
        kept: VectorIndex,
        spare: VectorIndex,
        _ context: RuleContext
    ) -> Finding {
        let reason =
            kept.scans == spare.scans
            ? "both are used equally"
            : "queries use \(kept.name) more (\(kept.scans) scans against \(spare.scans))"
        let parent = collection.partitionedIndexes.first { $0.oid == spare.attachedTo }
        let advice: String
        var statements: [AdvisedStatement] = []
        if let parent {
            statements = [.dropIndex(schema: collection.name.schema, index: parent.name, isPartitioned: true)]
            advice =
                "\(spare.name) belongs to \(parent.name), an index of the partitioned table, "
                + "which can only be dropped with all its "
                + "parts: DROP INDEX takes an AccessExclusiveLock on the table and all partitions, which "
                + "blocks reads and writes for a moment, and waits for every session that uses them."
        } else if spare.attachedTo != nil {
            advice = "\(spare.name) belongs to an index of a partition above, and can only be dropped with that."
        } else {
            advice =
                "Drop \(spare.name): it is a copy of \(kept.name), and \(reason). Scans on standbys are not counted here."
        }
        return Finding(
            rule: name,
            severity: .notice,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: relation.oid,
            index: spare.name,
            summary: "\(spare.name) is a copy of \(kept.name)\(collection.part(relation))",
            advice: advice,
            evidence: evidence(kept, spare, "duplicate"),
            remedy: spare.attachedTo == nil ? .dropIndex : .byHand,
            withheld: "vecsteward does not choose between two valid indexes; drop one yourself",
            advised: statements
        )
    }

    /// Two ways to serve the same queries; vecsteward advises neither.
    private func choice(
        _ collection: Collection,
        _ relation: Relation,
        _ first: VectorIndex,
        _ second: VectorIndex,
        _ context: RuleContext
    ) -> Finding {
        Finding(
            rule: name,
            severity: .notice,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: relation.oid,
            index: second.name,
            summary: "\(first.name) (\(described(first))) and \(second.name) (\(described(second))) serve the same "
                + "searches\(collection.part(relation)): scans \(Numbers.grouped(first.scans)) and "
                + Numbers.grouped(second.scans),
            advice:
                "Two methods, or two sets of parameters, are a choice, not a mistake: each search uses the one that the "
                + "planner considers cheaper, and every write maintains both. "
                + "vecsteward has not measured which one finds more. Scans on "
                + "standbys are not counted here.",
            evidence: evidence(first, second, "choice")
        )
    }

    private func evidence(_ first: VectorIndex, _ second: VectorIndex, _ kind: String) -> [Evidence] {
        [
            .text("kind", kind),
            .text("keptIndex", first.name),
            .count("scans", second.scans),
            .count("keptIndexScans", first.scans),
            .count("sizeBytes", second.sizeBytes),
        ]
    }

    private func described(_ index: VectorIndex) -> String {
        switch index.parameters {
        case .ivfflat(let lists): "ivfflat, lists = \(lists)"
        case .hnsw(let m, let efConstruction): "hnsw, m = \(m), ef_construction = \(efConstruction)"
        case nil: index.method.description
        }
    }
}
