/// Builds a missing index.
public struct CreateIndex {
    /// The index to build.
    public var definition: IndexDefinition
    /// Why its method was chosen.
    public var choiceReason: String
    /// The index of the partitioned table, to which the partitions' indexes are attached; `nil` for a plain table, and if
    /// some partitions have indexes of their own.
    public var parent: Parent?

    /// Builds an index with this definition.
    public init(definition: IndexDefinition, choiceReason: String, parent: Parent? = nil) {
        self.definition = definition
        self.choiceReason = choiceReason
        self.parent = parent
    }

    /// The index of a partitioned table, which holds no data itself.
    public struct Parent: Sendable, Equatable {
        /// The name of that index.
        public var name: String
        /// Whether it exists already.
        public var exists: Bool

        /// Names an index of a partitioned table.
        public init(name: String, exists: Bool) {
            self.name = name
            self.exists = exists
        }
    }
}

// The protocol documents these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension CreateIndex: IndexJobSpec {
    public static let kind = "create_index"
    public static let lane = JobLane.build
    public static let rank = 2
    public static let command = "CREATE INDEX"
    public static let activity = "indexing"

    public var builtIndex: IndexDefinition? { definition }
    public var methodReason: String? { choiceReason }
    public var unpredictedCost: String { IndexDefinition.unpredictedCost }

    public func subject(in collection: CollectionName) -> String { collection.column }

    public func title(tables: Int) -> String {
        tables > 1 ? "create an index on each of \(tables) partitions" : "create an index"
    }

    public var summary: String { "create an index (\(definition.method))" }

    public func indexName(at target: Job.Target?) -> String? { target?.finishedName }

    public static func subject(of finding: Finding) -> String? { finding.collection?.column }

    /// The number of searches that scanned the tables because the index is missing: more of them go first.
    public static func urgency(of findings: [Finding], on relations: [Relation]) -> Double {
        relations.reduce(0) { $0 + Double($1.statistics.fullScans(rows: $1.rows.value)) }
    }
}
