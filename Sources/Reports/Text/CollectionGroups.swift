internal import Advisor

/// The collections of a database in the order of a text report, each part by name.
struct CollectionGroups {
    /// Those with findings, the worst first.
    private(set) var withFindings: [Member] = []
    /// Those without a finding that are not healthy either: an index is being built, say, or a lock hid a part.
    private(set) var unsettled: [Member] = []
    private(set) var healthy: [Member] = []

    struct Member {
        let collection: Collection
        let state: CollectionState
        /// Whether a session builds an index on it, whatever its state.
        let isBuilding: Bool
    }

    init(_ assessment: Assessment) {
        let snapshot = assessment.snapshot
        let findings = Dictionary(grouping: assessment.findings.filter { $0.collection != nil }) { $0.collection }
        for collection in snapshot.orderedCollections {
            let isBuilding = snapshot.builds.contains { build in
                collection.relations.contains { $0.oid == build.tableOID }
            }
            let state = CollectionState(of: collection, findings[collection.name] ?? [], isBuilding: isBuilding)
            let member = Member(collection: collection, state: state, isBuilding: isBuilding)
            switch state {
            case .findings: withFindings.append(member)
            case .healthy, .noVectors: healthy.append(member)
            case .building, .locked, .unknownBaseline, .partlyCovered: unsettled.append(member)
            }
        }
        let found = withFindings
        withFindings = Severity.allCases.reversed().flatMap { severity in
            found.filter { $0.state.findings.first?.severity == severity }
        }
    }

    /// All of them.
    var all: [Member] { withFindings + unsettled + healthy }
}
