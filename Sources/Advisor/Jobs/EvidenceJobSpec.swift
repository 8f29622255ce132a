/// A kind of job that gathers evidence that a poll cannot gather.
public protocol EvidenceJobSpec: JobSpec {
    /// Each ``IndexEvidence/kind`` that it can gather; one job gathers one.
    static var evidenceKinds: [String] { get }

    /// The job that gathers it about an index; `nil` if that is impossible.
    init?(
        gatheringOn index: VectorIndex,
        of relation: Relation,
        in collection: Collection,
        for request: EvidenceJobRequest
    )
}

/// What rules want a job to gather evidence with.
public struct EvidenceJobRequest: Sendable, Hashable {
    /// The ``IndexEvidence/kind`` to gather.
    public var kind: String
    /// The settings for its sessions, by name.
    public var settings: [String: String]
    /// How long it may burden the server, in seconds.
    public var seconds: Double
}
