/// A job on the indexes or the statistics of a table, which continues from whatever state the catalog shows.
public protocol IndexJobSpec: JobSpec {
    /// The index of a partitioned table that a new one is attached to; `nil` if there is none.
    var parent: CreateIndex.Parent? { get set }
    /// The name that a replaced index gets until it is dropped; `nil` if it keeps its own.
    var retiredName: String? { get set }
    /// Whether an index is rebuilt in place, under names that the server chooses.
    var isInPlace: Bool { get }

    /// The next step, given that every name is free and no other session works on the table.
    func nextStep(of record: JobRecord, at context: IndexJobContext) -> NextStep
}

// Defaults.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension IndexJobSpec {
    public static var tableUse: TableUse { .exclusive }
    public var parent: CreateIndex.Parent? {
        get { nil }
        // Only a kind that builds a parent, or renames an old index, has such a name to change.
        set {}
    }
    public var retiredName: String? {
        get { nil }
        set {}
    }
    public var isInPlace: Bool { false }
}

/// The index names by which a job finds its state in the catalog.
public struct IndexJobNames: Sendable, Equatable {
    /// The name of the new index while it is built.
    public var building: String?
    /// The final name of the new index.
    public var finished: String?
    /// The name of the existing index that is replaced or dropped.
    public var old: String?
    /// The name of the replaced index until it is dropped.
    public var retired: String?
    /// The name of the index that is rebuilt in place.
    public var reindexed: String?

    /// All names that the job gives or looks up, without those that the server chooses.
    public var all: [String] { [building, finished, old, retired].compactMap { $0 } }

    /// The names that a job uses on its first target.
    public init(_ job: Job) {
        old = job.spec.existingIndex
        guard job.definition != nil, let spec = job.indexSpec else { return }
        if spec.isInPlace {
            reindexed = old
            return
        }
        building = job.targets.first?.buildingName
        finished = job.targets.first?.finishedName
        retired = spec.retiredName
    }
}

extension NextStep {
    static let cancelledByPerson = NextStep.cancel("a person cancelled it")
}

extension Job {
    /// The specification, if the job works on indexes or statistics; otherwise `nil`.
    public var indexSpec: (any IndexJobSpec)? { spec as? any IndexJobSpec }
}
