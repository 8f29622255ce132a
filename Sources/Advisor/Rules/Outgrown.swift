/// An IVFFlat index whose table has grown past a multiple of the rows that it was built on.
///
/// The factor of two comes from the vecs documentation: rebuild when the collection more than doubles since the last
/// index operation.
struct Outgrown: Rule {
    static let growthFactor = Threshold(name: "growthFactor", defaultValue: 2, range: 1...1_000, isWhole: false)

    let name = "outgrown"
    let summary = "an IVFFlat index whose table has more than doubled since the last index operation"
    let defaultMode = RuleMode.act
    let thresholds = [growthFactor]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        let factor = context.settings[Self.growthFactor]
        return collection.relations.flatMap { relation in
            relation.indexes.compactMap { index in
                guard index.isUsable, index.method == .ivfflat, let lists = index.lists,
                    !context.isBuilding(on: relation),
                    let baseline = Baseline.deciding(for: index, on: relation, factor: factor),
                    baseline.rows >= Int64(lists * Lists.trainingRows)
                else { return nil }
                // With fewer rows than the fewest lists need, a rebuild would be trained on too little again.
                let bound = max(Int64(factor * Double(baseline.tableRows)), Lists.minimumRows - 1)
                guard relation.vectorRows.value > bound else { return nil }
                return finding(collection, relation, index, baseline, bound: bound, context)
            }
        }
    }

    private func finding(
        _ collection: Collection,
        _ relation: Relation,
        _ index: VectorIndex,
        _ baseline: Baseline,
        bound: Int64,
        _ context: RuleContext
    ) -> Finding {
        let rows = relation.vectorRows.value
        let growth = Double(rows) / Double(max(baseline.tableRows, 1))
        let rebuild = RebuildLists(
            rebuilding: index,
            on: relation,
            of: collection,
            by: context.preferences.lists
        )
        let lists = rebuild.lists
        let probes = Lists.recommendedProbes(
            lists: lists,
            formerLists: index.lists,
            probes: context.server.probes ?? 10
        )
        return Finding(
            rule: name,
            severity: .warning,
            mode: context.settings.mode,
            collection: collection.name,
            relationOID: relation.oid,
            index: index.name,
            summary: "grown to \(Numbers.decimal(growth, digits: 2)) times the "
                + "\(Numbers.grouped(baseline.tableRows)) rows that its index was built on\(collection.part(relation))",
            advice: [
                index.measuredRecall.map { Self.words(of: $0, index: index, on: relation, context) },
                rebuild.advice(formerLists: index.lists, probes: probes),
            ].compactMap { $0 }.joined(separator: " "),
            evidence: relation.rowEvidence + [
                .count("baselineRows", baseline.rows),
                .text("baselineSource", baseline.source.rawValue),
                .text("baselineCertainty", baseline.certainty.rawValue),
                .ratio("growthFactor", growth),
                .ratio("growthFactorLimit", context.settings[Self.growthFactor]),
                .count("lists", index.lists ?? 0),
                .count("recommendedLists", lists),
            ] + (rebuild.keeping == nil ? [.count("recommendedProbes", probes)] : [])
                + (index.measuredRecall.map { [.ratio("recall", $0.recall)] } ?? []),
            remedy: .rebuildIndex,
            needs: [.rows(atLeast: bound + 1)],
            withheld: baseline.certainty == .guess
                ? "the baseline is a guess (\(baseline.explanation)), which is not enough to act on" : nil,
            advised: rebuild.keeping == nil ? [.setProbes(probes, database: context.server.database)] : []
        )
    }

    /// What was measured of the index since it grew, and what that means.
    private static func words(
        of measured: MeasuredRecall,
        index: VectorIndex,
        on relation: Relation,
        _ context: RuleContext
    ) -> String {
        let holds = index.evidence(MeasuredRecall.evidenceKind, on: relation) != nil
        let sentence = measured.sentence(at: context.server.observedAt, holds: holds)
        guard holds, let first = index.recallAtFirst, measured.recall >= first.recall - 0.01 else { return sentence }
        return sentence
            + " That is no less than the first measurement of this build found (\(Numbers.share(first.recall))): the growth since then "
            + "has made searches slower, not worse."
    }
}
