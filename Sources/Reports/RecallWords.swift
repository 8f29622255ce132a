internal import Advisor

extension Collection {
    /// The measured recall of each index, in the order of the indexes.
    var measuredRecalls: [(index: VectorIndex, relation: Relation, recall: MeasuredRecall)] {
        relations.flatMap { relation in
            relation.indexes.compactMap { index in index.measuredRecall.map { (index, relation, $0) } }
        }
    }

    /// What was measured of the indexes, a line for each, without a full stop.
    var recallLines: [String] {
        measuredRecalls.map { index, relation, recall in
            let settings = recall.settingWords.isEmpty ? "" : " at \(recall.settingWords)"
            let age = "measured at \(Moment.text(secondsSince1970: recall.takenAt))"
            let holds = index.evidence(MeasuredRecall.evidenceKind, on: relation) != nil
            let source = recall.querySource == .stored ? "" : " for \(recall.querySource.words)"
            return "recall@\(recall.k) of \(index.name) \(recall.recallWords) (95 % interval "
                + "\(Numbers.share(recall.interval.lowerBound)) to \(Numbers.share(recall.interval.upperBound)))\(settings)"
                + "\(source), \(age)"
                + (holds ? "" : ", before more than a tenth of the rows was written")
                + (index.recallCheck.map { check in
                    "; a light check at \(Moment.text(secondsSince1970: check.takenAt)) estimates \(Numbers.share(check.recall)) "
                        + "(\(Numbers.share(check.interval.lowerBound)) to \(Numbers.share(check.interval.upperBound)))"
                } ?? "")
        }
    }
}
