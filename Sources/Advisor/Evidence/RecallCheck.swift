/// An estimate of the recall of an index from a light check, between two measurements that read the table.
///
/// A check runs the searches again with ten times the effort, and asks how much of what those find the searches find too. How
/// much the recall itself was below that the last measurement has seen, and the check assumes that this has not changed.
public struct RecallCheck: Sendable, Equatable {
    /// The ``IndexEvidence/kind``.
    public static let evidenceKind = "recall_check"

    /// The estimate, from 0 to 1.
    public let recall: Double
    /// Its 95 % interval.
    public let interval: ClosedRange<Double>
    /// The share of what ten times the effort finds that the searches found, from 0 to 1.
    public let agreement: Double
    /// When, in seconds since 1970 UTC by the server's clock.
    public let takenAt: Double

    /// Puts a check and the last measurement together; `nil` if the check is older or was made in another way or for
    /// vectors of another source, or if the measurement does not say how near ten times the effort is.
    init?(_ evidence: IndexEvidence, after measured: MeasuredRecall) {
        guard evidence.kind == Self.evidenceKind, evidence.takenAt > measured.takenAt,
            evidence.settings == measured.settings, let factor = measured.recallPerAgreement,
            let check = MeasuredRecall(evidence, ofKind: Self.evidenceKind), check.k == measured.k,
            check.querySource == measured.querySource,
            let low = evidence.figures["agreementLow"], low >= 0, low <= check.interval.upperBound
        else { return nil }
        agreement = check.recall
        recall = min(1, check.recall * factor)
        interval = min(1, low * factor)...min(1, check.interval.upperBound * factor)
        takenAt = evidence.takenAt
    }
}

extension VectorIndex {
    /// The latest light check since the last measurement of the recall; `nil` if there is none of this build.
    public var recallCheck: RecallCheck? {
        guard let measured = measuredRecall else { return nil }
        return evidence.first { $0.kind == RecallCheck.evidenceKind }.flatMap { RecallCheck($0, after: measured) }
    }
}
