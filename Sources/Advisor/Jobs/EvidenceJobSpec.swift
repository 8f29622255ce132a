/// A kind of job that gathers evidence which a poll cannot.
public protocol EvidenceJobSpec: JobSpec {
    /// ``IndexEvidence/kind`` of what it gathers.
    static var evidenceKind: String { get }

    /// The job that gathers it of an index; `nil` where that cannot be done.
    init?(gatheringOn index: VectorIndex, of relation: Relation, in collection: Collection)
}
