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
        /// The partitioned tables between that of the collection and the partitions, those above others first.
        ///
        /// Only the statements that are printed need them, because the worker reads them with each step: a job has them while
        /// it is planned, and the queue does not keep them.
        public var levels: [Level] = []

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

extension CreateIndex.Parent {
    /// A partitioned table that is a partition itself, and its index, which links the indexes of its partitions.
    public struct Level: Sendable, Equatable {
        /// The schema of the table and the index.
        public var schema: String
        /// The name of the table.
        public var table: String
        /// The name of the index.
        public var index: String
        /// Whether the index exists already.
        public var exists: Bool
        /// Whether the index is attached to that of the table above.
        public var isAttached: Bool
        /// The position among the levels of the table above; `nil` if that is the table of the collection.
        public var above: Int?
        /// The partitions directly below that the job builds on.
        public var partitions: Set<RelationName> = []
    }

    /// Adds the partitioned tables between that of the collection and a partition.
    ///
    /// - Parameters:
    ///   - ancestors: The partitioned tables above the partition, from that of the collection down.
    ///   - partition: The partition.
    ///   - definition: The index that the partition gets.
    ///   - column: The column of the collection.
    ///   - taken: Names that the indexes cannot get.
    public mutating func add(
        _ ancestors: [IndexJobContext.Ancestor],
        above partition: RelationName,
        for definition: IndexDefinition,
        column: String,
        taken: Set<String>
    ) {
        var above: Int?
        for ancestor in ancestors.dropFirst() {
            if let known = levels.firstIndex(where: { $0.schema == ancestor.schema && $0.table == ancestor.table }) {
                above = known
                continue
            }
            let index = ancestor.index.flatMap { $0.fits ? $0 : nil }
            let free = IndexName.finished(
                definition,
                for: CollectionName(schema: ancestor.schema, table: ancestor.table, column: column),
                taken: taken.union(levels.map(\.index)).union([name])
            )
            levels.append(
                Level(
                    schema: ancestor.schema,
                    table: ancestor.table,
                    index: index?.name ?? free,
                    exists: index != nil,
                    isAttached: index?.isAttached ?? false,
                    above: above
                )
            )
            above = levels.count - 1
        }
        if let above { levels[above].partitions.insert(partition) }
    }
}
