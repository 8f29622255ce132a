/// What a rule would need to know to be sure of what it concludes.
public enum EvidenceRequest: Sendable, Hashable {
    /// Whether the table that a finding is about has at least so many rows with a vector.
    ///
    /// The poll answers it before anything acts on the finding, which stands until then.
    case rows(atLeast: Int64)
    /// Evidence of a kind about an index (``VectorIndex/evidence(_:on:)``).
    ///
    /// A job in the background gathers it, and a later poll has it. Until then the rule concludes what it can without it.
    /// The job uses these settings in its sessions, and may burden the server for this many seconds. Evidence about searches
    /// for vectors of another source than `queries` is none; `nil` for any source. Nor is evidence from before a time, in
    /// seconds since 1970 UTC.
    case index(
        String,
        kind: String,
        relationOID: UInt32,
        settings: [String: String] = [:],
        queries: QuerySource? = nil,
        seconds: Double = 60,
        since: Double = 0
    )
}
