internal import Advisor

/// The state of a collection, for the table and for the summary.
enum CollectionState {
    /// Rules found something; the worst finding comes first.
    case findings([Finding])
    /// A session builds an index on it.
    case building
    /// A lock hid a part of it from the poll.
    case locked
    /// Nothing shows on how many rows an IVFFlat index was built, so that it may need a rebuild.
    case unknownBaseline
    /// Its usable indexes are partial, and leave out rows with a vector or may do so.
    case partlyCovered
    /// It has rows and none with a vector, so that it needs no index.
    case noVectors
    case healthy

    init(of collection: Collection, _ findings: [Finding], isBuilding: Bool) {
        self =
            if !findings.isEmpty {
                .findings(findings.sorted { $0.severity > $1.severity })
            } else if isBuilding {
                .building
            } else if collection.relations.contains(where: { $0.lockedBy != nil }) {
                .locked
            } else if collection.hasNoVectors {
                .noVectors
            } else if collection.hasUnknownBaseline {
                .unknownBaseline
            } else if collection.isPartlyCovered {
                .partlyCovered
            } else {
                .healthy
            }
    }

    /// The findings, the worst first; empty in any other state.
    var findings: [Finding] {
        if case .findings(let findings) = self { findings } else { [] }
    }
}
