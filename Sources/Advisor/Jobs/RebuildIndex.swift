/// Rebuilds an index beside the old one, for the current rows, and swaps them.
public struct RebuildIndex {
    /// The definition of the new index.
    public var definition: IndexDefinition
    /// The name of the index that is replaced.
    public var oldName: String
    /// The name that the old one gets when the new one takes its name; `nil` if the new one has a name of its own.
    public var retiredName: String?
    /// Whether the index belongs to a partitioned one: such an index can be neither dropped nor swapped, so it is reindexed
    /// in place.
    public var isAttached: Bool

    /// Rebuilds an index with this definition.
    public init(definition: IndexDefinition, oldName: String, retiredName: String? = nil, isAttached: Bool = false) {
        self.definition = definition
        self.oldName = oldName
        self.retiredName = retiredName
        self.isAttached = isAttached
    }
}

// The protocol documents these.
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

    /// The growth of the table: more growth goes first, and before all an index that was built too early, without a factor.
    public static func urgency(of findings: [Finding], on relations: [Relation]) -> Double {
        findings.number("growthFactor") ?? findings.number("sizeFactor") ?? .greatestFiniteMagnitude
    }
}

extension IndexDefinition {
    /// The text for a build without a prediction.
    static let unpredictedCost = "its cost cannot be predicted: the size of a value of this type is unknown"
}
