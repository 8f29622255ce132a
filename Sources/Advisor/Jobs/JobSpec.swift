/// What a job does: one type for each kind of job.
///
/// The plan, the queue, the scheduler and the reports know a kind by this alone. What a kind keeps in the queue and how its jobs
/// are carried out is said by its conformances in `Maintenance`; ``JobKinds`` lists all kinds.
public protocol JobSpec: Sendable, Equatable {
    /// Identifies the kind in the queue, in JSON, in the journal and in metrics, such as `create_index`.
    static var kind: String { get }
    /// Which jobs it takes turns with.
    static var lane: JobLane { get }
    /// How it uses its table.
    static var tableUse: TableUse { get }
    /// The place of the kind in the order of work: 0 for statistics, 1 for leftovers, 2 for missing indexes, 3 for rebuilds, 4 for
    /// all else.
    static var rank: Int { get }
    /// The command in a word or two, such as `DROP INDEX`.
    static var command: String { get }
    /// What it is doing while it runs, before the name of its table: `rebuilding`.
    static var activity: String { get }

    /// The index of its table that it replaces, drops or reads; `nil` where it is about none.
    var existingIndex: String? { get }
    /// The index that it builds; `nil` where it builds none.
    var builtIndex: IndexDefinition? { get }
    /// Why the method of a new index was chosen; `nil` where nothing was chosen.
    var methodReason: String? { get }
    /// What it takes where nothing is predicted, as a clause: `takes moments`.
    var unpredictedCost: String { get }

    /// What tells the work from other work of its kind on the same table: the queue holds one of each at most.
    func subject(in collection: CollectionName) -> String
    /// What it does on so many tables, in a few words: `rebuild docs_embedding_idx`.
    func title(tables: Int) -> String
    /// What it does on the table of this name, in a few words: `rebuild docs_embedding_idx on public.docs`.
    func title(on table: String) -> String
    /// What it does, with what a person who asked for it wants to know besides.
    var summary: String { get }
    /// The index that it makes, or else the one that it is about.
    func indexName(at target: Job.Target?) -> String?

    /// What a job that would do away with a finding is told apart by, ``subject(in:)``; `nil` where the finding says too little.
    static func subject(of finding: Finding) -> String?
    /// How urgent a job is among those of its kind, by the findings that ask for it and the tables that those are about: the
    /// greater goes first.
    static func urgency(of findings: [Finding], on relations: [Relation]) -> Double
}

// What a kind need not say.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension JobSpec {
    public static var rank: Int { 4 }
    public var existingIndex: String? { nil }
    public var builtIndex: IndexDefinition? { nil }
    public var methodReason: String? { nil }
    public func subject(in collection: CollectionName) -> String { existingIndex ?? "" }
    public func title(on table: String) -> String { "\(title(tables: 1)) on \(table)" }
    public var summary: String { title(tables: 1) }
    public func indexName(at target: Job.Target?) -> String? { existingIndex }
    public static func subject(of finding: Finding) -> String? { finding.index }
    public static func urgency(of findings: [Finding], on relations: [Relation]) -> Double { 0 }

    /// Whether two jobs of whatever kinds do the same.
    public func equals(_ other: any JobSpec) -> Bool { (other as? Self) == self }
}

/// Which jobs take turns with each other.
public enum JobLane: String, Sendable, CaseIterable {
    /// Moments of work, such as ANALYZE and DROP INDEX: one at a time in each database.
    case quick
    /// Builds of indexes: as many at a time on each server as the configuration allows.
    case build
    /// Work that can wait: one at a time on each server, never beside a build in its database. It gives way when a build is due,
    /// and never comes before anything else.
    case background
}

/// How a job uses its table.
public enum TableUse: Sendable {
    /// It changes the table's indexes or statistics: no other such job runs on the table, and findings about it stand still.
    case exclusive
    /// It only reads: other jobs may run on the table, and findings about it go on.
    case shared
}

extension [Finding] {
    /// The number that some finding has as evidence under a key.
    func number(_ key: String) -> Double? {
        for item in flatMap(\.evidence) where item.key == key {
            switch item.value {
            case .count(let value): return Double(value)
            case .ratio(let value): return value
            case .text: continue
            }
        }
        return nil
    }
}
