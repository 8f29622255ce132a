/// One thing that can be wrong with a collection or a database, and what would mend it.
///
/// A rule is pure: it sees an observation and settings, and says what it finds. It neither asks the database nor looks
/// at a clock. What it is not sure of it asks for (``EvidenceRequest``), and concludes what it can until that is known.
public protocol Rule: Sendable {
    /// The name in the configuration and in reports.
    var name: String { get }
    /// What the rule looks for, in a phrase.
    var summary: String { get }
    /// The mode where nothing is configured.
    var defaultMode: RuleMode { get }
    /// The numbers that can be configured.
    var thresholds: [Threshold] { get }

    /// What is wrong with a collection.
    func findings(for collection: Collection, in context: RuleContext) -> [Finding]
    /// What is wrong with the database as a whole.
    func findings(for database: CatalogSnapshot, in context: RuleContext) -> [Finding]
    /// What jobs in the background would have to find out about a collection, whatever is wrong with it.
    func requests(for collection: Collection, in context: RuleContext) -> [EvidenceRequest]
}

extension Rule {
    /// Most rules have no numbers to configure.
    public var thresholds: [Threshold] { [] }
    /// Most rules say nothing of a database as a whole.
    public func findings(for database: CatalogSnapshot, in context: RuleContext) -> [Finding] { [] }
    /// Most rules go by what a poll sees.
    public func requests(for collection: Collection, in context: RuleContext) -> [EvidenceRequest] { [] }
    /// A rule may be about the database alone.
    public func findings(for collection: Collection, in context: RuleContext) -> [Finding] { [] }
}

/// What a rule may know beside the collection itself.
public struct RuleContext: Sendable {
    /// The server, the database and the role.
    public let server: ServerFacts
    /// Builds that run at this moment.
    public let builds: [ActiveBuild]
    /// Mode and thresholds of the rule that is asked.
    public let settings: RuleSettings
    /// How an index for this collection is to be made.
    public let preferences: IndexPreferences
    /// What a build may take.
    public let limits: ResourceLimits

    /// Whether an index of this table is being built, or might be, as far as one can see.
    func isBuilding(on relation: Relation) -> Bool {
        relation.mayBeBuilding || builds.contains { $0.tableOID == relation.oid }
    }

    /// Whether this index is being built, or might be, as far as one can see.
    func isBeingBuilt(_ index: VectorIndex, on relation: Relation) -> Bool {
        relation.mayBeBuilding
            || builds.contains { build in
                build.indexOID == index.oid || (build.tableOID == relation.oid && build.indexOID == nil)
            }
    }

    /// How an index for this collection would be made, or why none can be.
    func choice(for collection: Collection) -> Result<IndexChoice, Unindexable> {
        IndexChoice.choose(
            for: collection,
            rows: collection.vectorRows.value,
            preferences: preferences,
            pgvector: server.pgvector,
            limits: limits
        )
    }
}

extension Collection {
    /// The name of a relation for a sentence: nothing for the table itself, the partition's name for a part.
    func part(_ relation: Relation) -> String {
        isPartitioned ? " (partition \(relation.schema).\(relation.table))" : ""
    }
}

extension Policy {
    /// The settings of a rule.
    public func settings(for rule: any Rule) -> RuleSettings {
        settings(ofRule: rule.name, defaultMode: rule.defaultMode)
    }
}
