/// The specification of a job's work: one type for each kind of job.
///
/// The scheduler and the reports use a kind only through this protocol and those that refine it; planning, storage and workers
/// of index jobs also ask for their types. Conformances in `Maintenance` define what a kind stores in the queue and how its
/// jobs run; ``JobKinds`` lists all kinds.
public protocol JobSpec: Sendable, Equatable {
    /// Identifies the kind in the queue, in JSON, in the journal and in metrics, such as `create_index`.
    static var kind: String { get }
    /// The lane in which it runs, which limits how many jobs run at a time.
    static var lane: JobLane { get }
    /// How it uses its table.
    static var tableUse: TableUse { get }
    /// Whether its statement waits for everybody who uses the table, even for those who only read; by default not.
    static var waitsForReaders: Bool { get }
    /// The place of the kind in the order of work: 0 for statistics, 1 for leftovers, 2 for missing indexes, 3 for rebuilds,
    /// 4 for all others.
    static var rank: Int { get }
    /// The command in a word or two, such as `DROP INDEX`.
    static var command: String { get }
    /// The activity while it runs, as put before the name of its table: `rebuilding`.
    static var activity: String { get }

    /// The index of its table that it replaces, drops or reads; `nil` if there is none.
    var existingIndex: String? { get }
    /// The index that it builds; `nil` if it builds none.
    var builtIndex: IndexDefinition? { get }
    /// Why the method of a new index was chosen; `nil` if nothing was chosen.
    var methodReason: String? { get }
    /// Its cost when there is no prediction, as a clause: `takes moments`.
    var unpredictedCost: String { get }

    /// Distinguishes the work from other work of its kind on the same table: the queue holds at most one of each.
    func subject(in collection: CollectionName) -> String
    /// A short title for work on this many tables: `rebuild docs_embedding_idx`.
    func title(tables: Int) -> String
    /// A short title with the name of the table: `rebuild docs_embedding_idx on public.docs`.
    func title(on table: String) -> String
    /// A title with further facts for the person who asked for the job; by default only the title.
    var summary: String { get }
    /// The index that it builds, or else the one that it works on.
    func indexName(at target: Job.Target?) -> String?

    /// The ``subject(in:)`` of a job that would fix a finding; `nil` if the finding does not determine it.
    static func subject(of finding: Finding) -> String?
    /// The urgency among jobs of its kind, from the findings that ask for it and their tables: the greater goes first.
    static func urgency(of findings: [Finding], on relations: [Relation]) -> Double
}

// Defaults.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension JobSpec {
    public static var waitsForReaders: Bool { false }
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

    /// Whether two jobs do the same; false for different kinds.
    public func equals(_ other: any JobSpec) -> Bool { (other as? Self) == self }
}

/// A group of jobs that share a limit on how many run at a time.
public enum JobLane: String, Sendable, CaseIterable {
    /// Short jobs, such as ANALYZE and DROP INDEX: one at a time in each database.
    case quick
    /// Index builds: as many at a time on each server as the configuration allows.
    case build
    /// Work that can wait: one at a time on each server. It does not start during a build in its database, yields when a
    /// build is due there or another job needs its table, and never comes before anything else.
    case background
}

/// How a job uses its table.
public enum TableUse: Sendable {
    /// It changes the table's indexes or statistics: no other such job runs on the table, and findings about it do not
    /// change meanwhile.
    case exclusive
    /// It only reads: other jobs may run on the table, and findings about it still change.
    case shared
}

extension [Finding] {
    /// The first number that a finding has as evidence under a key.
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
