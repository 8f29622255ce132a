/// An index that a failed build left behind: it serves no query, and often costs every write.
struct Invalid: Rule {
    let name = "invalid"
    let summary = "an invalid index that nobody is building"
    let defaultMode = RuleMode.act

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        InvalidParent.findings(rule: name, for: collection, in: context)
            + collection.relations.flatMap { relation in
                relation.indexes.compactMap { index in
                    guard !index.isValid, !context.isBeingBuilt(index, on: relation), relation.lockedBy == nil else {
                        return nil
                    }
                    return finding(collection, relation, index, context)
                }
            }
    }

    private func finding(
        _ collection: Collection,
        _ relation: Relation,
        _ index: VectorIndex,
        _ context: RuleContext
    ) -> Finding {
        let isOurs = IndexName.isUnderConstruction(index.name)
        let isSpare = isOurs || index.isLeftover(on: relation)
        let canRebuild = index.distanceMetric != nil && index.parameters != nil
        let isAttached = index.attachedTo != nil
        var cost = index.isReady ? "costs every write and serves no query" : "serves no query"
        if collection.name.isVecs, index.name.lowercased().hasPrefix("ix_vector") {
            cost += "; vecs takes it for a good one"
        }
        return Finding(
            rule: name,
            severity: .warning,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: relation.oid,
            index: index.name,
            summary: "invalid index \(index.name), left by \(origin(of: index, isOurs: isOurs)): it \(cost)",
            advice: isSpare
                ? isAttached
                    ? "Rebuild it as it is: it belongs to an index of the partitioned table, and cannot be dropped alone."
                    : "Drop it: this loses nothing and blocks no write."
                : index.rebuildAdvice(canBeOurs: canRebuild),
            evidence: [
                .text("isMaintainedByWrites", index.isReady ? "yes" : "no"),
                .text("isOwnLeftover", isOurs ? "yes" : "no"),
                .count("sizeBytes", index.sizeBytes),
            ],
            remedy: isSpare && !isAttached ? .dropIndex : canRebuild ? .rebuildIndex : .byHand,
            withheld: isOurs
                ? nil
                : "vecsteward did not create this index, so it \(isSpare && !isAttached ? "drops" : "rebuilds") it "
                    + "only if a "
                    + "person asks",
            // The job has the statement that drops it.
            advised: isSpare && !isAttached ? [] : [.reindex(schema: relation.schema, index: index.name)]
        )
    }

    private func origin(of index: VectorIndex, isOurs: Bool) -> String {
        if isOurs { return "an interrupted build of vecsteward" }
        let digits = index.name.reversed().prefix { $0.isASCII && $0.isNumber }.count
        let stem = index.name.dropLast(digits)
        if stem.hasSuffix("_ccnew") { return "a REINDEX CONCURRENTLY that failed" }
        if stem.hasSuffix("_ccold") { return "a REINDEX CONCURRENTLY whose new index is in place" }
        return "a build or a drop that failed"
    }
}
