/// One kind of problem of a collection or a database, and what would fix it.
///
/// A rule is pure: it gets a snapshot and settings, and returns findings. It neither queries the database nor reads a
/// clock. It states what it would need to know to be sure (``EvidenceRequest``), and concludes what it can until then.
public protocol Rule: Sendable {
    /// The name in the configuration and in reports.
    var name: String { get }
    /// The problem that the rule finds, as a phrase.
    var summary: String { get }
    /// The default mode.
    var defaultMode: RuleMode { get }
    /// The thresholds that can be configured.
    var thresholds: [Threshold] { get }

    /// Finds the problems of a collection.
    func findings(for collection: Collection, in context: RuleContext) -> [Finding]
    /// Finds the problems of the database as a whole.
    func findings(for database: CatalogSnapshot, in context: RuleContext) -> [Finding]
    /// Requests evidence about a collection that jobs in the background gather.
    func requests(for collection: Collection, in context: RuleContext) -> [EvidenceRequest]
}

extension Rule {
    /// By default, none.
    public var thresholds: [Threshold] { [] }
    /// By default, none: most rules are about collections.
    public func findings(for database: CatalogSnapshot, in context: RuleContext) -> [Finding] { [] }
    /// By default, none: a poll reads what most rules need.
    public func requests(for collection: Collection, in context: RuleContext) -> [EvidenceRequest] { [] }
    /// By default, none: a rule may be about the database alone.
    public func findings(for collection: Collection, in context: RuleContext) -> [Finding] { [] }
}

/// What a rule may use beside the collection itself.
public struct RuleContext: Sendable {
    /// The server, the database and the role.
    public let server: ServerFacts
    /// The builds that run now.
    public let builds: [ActiveBuild]
    /// Mode and thresholds of the rule.
    public internal(set) var settings: RuleSettings
    /// The preferences for an index of this collection.
    public internal(set) var preferences: IndexPreferences
    /// The resources for a build.
    public let limits: ResourceLimits
    /// What could be read of the searches; `nil` if nobody asked.
    public let searchSources: SearchSources?
    /// Whether the configuration says where query vectors of this collection are.
    public internal(set) var hasConfiguredQueries: Bool

    /// Whether an index of this table is, or may be, being built.
    func isBuilding(on relation: Relation) -> Bool {
        relation.mayBeBuilding || builds.contains { $0.tableOID == relation.oid }
    }

    /// Whether this index is, or may be, being built.
    func isBeingBuilt(_ index: VectorIndex, on relation: Relation) -> Bool {
        relation.mayBeBuilding
            || builds.contains { build in
                build.indexOID == index.oid || (build.tableOID == relation.oid && build.indexOID == nil)
            }
    }

    /// The index that this collection would get, or why it can get none.
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
    /// The name of a relation for a sentence: empty for the table itself, otherwise that of the partition.
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
