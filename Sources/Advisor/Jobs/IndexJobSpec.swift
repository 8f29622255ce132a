/// A job on the indexes or the statistics of a table, which goes on from whatever the catalog shows.
public protocol IndexJobSpec: JobSpec {
    /// The index of a partitioned table that a new one is attached to; `nil` where there is none.
    var parent: CreateIndex.Parent? { get set }
    /// The name that a replaced index gets until it is dropped; `nil` where it keeps its own.
    var retiredName: String? { get set }
    /// Whether an index is rebuilt in place, under names that the server makes.
    var isInPlace: Bool { get }

    /// What to do next where every name is free and no other session is at work on the table.
    func nextStep(of record: JobRecord, at context: IndexJobContext) -> NextStep
}

// What a kind need not say.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension IndexJobSpec {
    public static var tableUse: TableUse { .exclusive }
    public var parent: CreateIndex.Parent? {
        get { nil }
        // Only what builds a parent, or puts an index aside, has such a name to change.
        set {}
    }
    public var retiredName: String? {
        get { nil }
        set {}
    }
    public var isInPlace: Bool { false }
}

/// The names of indexes by which a job finds its way in the catalog.
public struct IndexJobNames: Sendable, Equatable {
    /// The index while it is built.
    public var building: String?
    /// The index when it is done.
    public var finished: String?
    /// The index that is there, and that is replaced or dropped.
    public var old: String?
    /// The replaced index until it is dropped.
    public var retired: String?
    /// The index that is rebuilt in place.
    public var reindexed: String?

    /// All names that are given or sought, without those that the server makes.
    public var all: [String] { [building, finished, old, retired].compactMap { $0 } }

    /// The names of a job on its first target.
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
    /// What it does, where that is work on indexes or statistics.
    public var indexSpec: (any IndexJobSpec)? { spec as? any IndexJobSpec }
}
