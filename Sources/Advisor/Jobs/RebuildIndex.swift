/// Builds an index anew beside the old one, for the rows of today, and swaps them.
public struct RebuildIndex {
    /// The index as it is to be.
    public var definition: IndexDefinition
    /// The index that is replaced.
    public var oldName: String
    /// The name that the old one gets when the new one takes its name; `nil` where the new one has a name of its own.
    public var retiredName: String?
    /// Whether the index belongs to a partitioned one, and so can neither be dropped nor swapped: it is reindexed in
    /// place.
    public var isAttached: Bool

    /// Rebuilds an index by a definition.
    public init(definition: IndexDefinition, oldName: String, retiredName: String? = nil, isAttached: Bool = false) {
        self.definition = definition
        self.oldName = oldName
        self.retiredName = retiredName
        self.isAttached = isAttached
    }
}

// What each of these means is said by the protocol.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension RebuildIndex: IndexJobSpec {
    public static let kind = "rebuild_index"
    public static let lane = JobLane.build
    public static let rank = 3
    public static let command = "rebuild"
    public static let activity = "rebuilding"

    public var existingIndex: String? { oldName }
    public var builtIndex: IndexDefinition? { definition }
    public var isInPlace: Bool { isAttached }
    public var unpredictedCost: String { IndexDefinition.unpredictedCost }

    public func title(tables: Int) -> String { "rebuild \(oldName)" }

    public func indexName(at target: Job.Target?) -> String? {
        isAttached || retiredName != nil ? oldName : target?.finishedName
    }

    /// The more the table has grown, the sooner; nothing is more urgent than an index that was built too early, which has no factor.
    public static func urgency(of findings: [Finding], on relations: [Relation]) -> Double {
        findings.number("growthFactor") ?? findings.number("sizeFactor") ?? .greatestFiniteMagnitude
    }
}

extension IndexDefinition {
    /// What a build takes of which nothing is predicted.
    static let unpredictedCost = "what it takes cannot be predicted: the size of a value is not known for this type"
}
