/// The lists of an IVFFlat index that is rebuilt, and what they go by.
struct RebuildLists: Equatable {
    /// How many.
    let lists: Int
    /// The measurement whose recall they keep; `nil` if they follow from the rows alone.
    let keeping: MeasuredRecall?

    /// Chooses the lists for today's rows: those of the formula of vecs, or fewer if only those keep the recall that was measured
    /// at the probes of the searches.
    ///
    /// More lists make a search read less, and at the same probes find less: those of the formula took it from .944 to .908 on
    /// real embeddings, from .787 to .354 on random vectors.
    ///
    /// - Parameters:
    ///   - index: The index.
    ///   - relation: Its table or partition.
    ///   - preference: Which of the two.
    init(rebuilding index: VectorIndex, on relation: Relation, by preference: ListsPreference) {
        let formula = Lists.recommended(rows: relation.rows(in: index).value)
        guard preference == .recall, index.evidence(MeasuredRecall.evidenceKind, on: relation) != nil,
            let measured = index.measuredRecall, let most = measured.listsKeepingRecall, most < formula
        else {
            lists = formula
            keeping = nil
            return
        }
        lists = max(1, most)
        keeping = measured
    }

    /// The gain and the cost of a rebuild with them, as sentences.
    ///
    /// - Parameters:
    ///   - formerLists: The present lists.
    ///   - probes: The recommended probes for lists by the formula.
    /// - Returns: The sentences.
    func advice(formerLists: Int?, probes: Int) -> String {
        guard let keeping else { return Lists.tradeOff(lists: lists, formerLists: formerLists, probes: probes) }
        let formula = keeping.recallByFormula.map {
            " With the lists of vecs' formula they would find \(Numbers.share($0)), computed in the same way."
        }
        return "Rebuild with lists = \(lists): the most with which searches still find what they find now, "
            + "\(Numbers.share(keeping.recall)) at \(keeping.settingWords), as computed from the vectors."
            + (formula ?? "")
            + " With more probes, more lists would be faster."
    }
}
