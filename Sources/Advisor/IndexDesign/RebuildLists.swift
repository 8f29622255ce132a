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
    ///   - collection: The collection, with the settings of its searches.
    ///   - preference: Which of the two.
    init(
        rebuilding index: VectorIndex,
        on relation: Relation,
        of collection: Collection,
        by preference: ListsPreference
    ) {
        let formula = Lists.recommended(rows: relation.rows(in: index).value)
        guard preference == .recall, let evidence = index.evidence(MeasuredRecall.evidenceKind, on: relation),
            // A measurement at other settings says nothing about the searches of today.
            evidence.isWith(collection.searchSettings(through: index).mapValues(\.value)),
            let measured = MeasuredRecall(evidence)
        else {
            lists = formula
            keeping = nil
            return
        }
        lists = measured.listsOfRebuild(formula: formula, present: index.lists)
        keeping = lists < formula ? measured : nil
    }

    /// The gain and the cost of a rebuild with them, as sentences.
    ///
    /// - Parameters:
    ///   - formerLists: The present lists.
    ///   - probes: The recommended probes for lists by the formula.
    /// - Returns: The sentences.
    func advice(formerLists: Int?, probes: Int) -> String {
        guard let keeping else { return Lists.tradeOff(lists: lists, formerLists: formerLists, probes: probes) }
        guard keeping.listsKeepingRecall != nil else {
            return "Rebuild with lists = \(lists), as many as now: searches find \(keeping.recallWords) at "
                + "\(keeping.settingWords), and what they would find with more lists is not known. With more probes, more lists "
                + "would be faster."
        }
        let formula = keeping.recallByFormula.map {
            " With the lists of vecs' formula they would find \(Numbers.share($0)), computed in the same way."
        }
        return "Rebuild with lists = \(lists): the most with which searches still find what they find now, "
            + "\(Numbers.share(keeping.recall)) at \(keeping.settingWords), as computed from the vectors."
            + (formula ?? "")
            + " With more probes, more lists would be faster."
    }
}

extension MeasuredRecall {
    /// By how much less a new index may find without a word.
    private static let tolerance = 0.01

    /// The lists with which a new index finds as much as this one: at most those of the formula.
    ///
    /// - Parameters:
    ///   - formula: The lists by the formula.
    ///   - present: Those of the index that was measured; `nil` if they are unknown.
    /// - Returns: The lists.
    public func listsOfRebuild(formula: Int, present: Int?) -> Int {
        if let listsKeepingRecall { return max(1, min(formula, listsKeepingRecall)) }
        if moreEffort == nil, let recallByFormula, recallByFormula >= recall - Self.tolerance { return formula }
        // What other lists find was not computed, as for a table that is too large: as many as now find no less.
        return min(formula, present ?? formula)
    }
}
