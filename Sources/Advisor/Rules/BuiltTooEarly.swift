/// An IVFFlat index that was trained on too few rows, most often on an empty table.
///
/// Measured: recall stops rising at about 50 rows per list, which is what pgvector samples.
///
/// With one probe, an index that was built on an empty table finds .20 of the true neighbours; the same lists can reach
/// .57.
struct BuiltTooEarly: Rule {
    static let rowsPerList = Threshold(
        name: "rowsPerList",
        defaultValue: Double(Lists.trainingRows),
        range: 1...10_000,
        isWhole: true
    )

    let name = "built-too-early"
    let summary = "an IVFFlat index that was built on fewer than 50 rows for each list"
    let defaultMode = RuleMode.act
    let thresholds = [rowsPerList]

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        let rowsPerList = context.settings.count(Self.rowsPerList)
        return collection.relations.flatMap { relation in
            relation.indexes.compactMap { index in
                guard index.isUsable, index.method == .ivfflat, let lists = index.lists,
                    !context.isBuilding(on: relation),
                    let baseline = Baseline.infer(for: index, on: relation),
                    baseline.rows < Int64(lists) * rowsPerList
                else { return nil }
                let rows = relation.rows(in: index).value
                let newLists = RebuildLists(
                    rebuilding: index,
                    on: relation,
                    of: collection,
                    by: context.preferences.lists
                ).lists
                let needed = Int64(newLists) * rowsPerList
                guard rows >= needed else { return nil }
                let probes = Lists.recommendedProbes(
                    lists: newLists,
                    formerLists: lists,
                    probes: context.server.probes ?? 10
                )
                return Finding(
                    rule: name,
                    severity: .warning,
                    mode: context.settings.mode,
                    collection: collection.name,
                    relationOID: relation.oid,
                    index: index.name,
                    summary: "its index was trained on \(Numbers.grouped(baseline.rows)) rows for \(lists) lists, "
                        + "which is too few\(collection.part(relation))",
                    advice:
                        "Rebuild with lists = \(newLists), because there are \(Numbers.grouped(rows)) rows now: "
                        + "lists that were trained "
                        + "on too few find a fraction. Searches should use probes = \(probes) or more: with fewer, more "
                        + "lists are faster but find less. \(Lists.howToProbe(probes))",
                    evidence: relation.rowEvidence + [
                        .count("baselineRows", baseline.rows),
                        .text("baselineSource", baseline.source.rawValue),
                        .text("baselineCertainty", baseline.certainty.rawValue),
                        .count("lists", lists),
                        .count("rowsPerListLimit", rowsPerList),
                        .count("recommendedLists", newLists),
                        .count("recommendedProbes", probes),
                    ],
                    remedy: .rebuildIndex,
                    needs: [.rows(atLeast: relation.tableRows(for: needed, in: index))],
                    withheld: baseline.certainty == .guess
                        ? "the baseline is a guess (\(baseline.explanation)), which is not enough to act on" : nil,
                    advised: [.setProbes(probes, database: context.server.database)]
                )
            }
        }
    }
}
