/// The kinds of jobs that this program supports.
public struct JobKinds: Sendable {
    /// One type for each kind.
    public let types: [any JobSpec.Type]

    /// All kinds that vecsteward has.
    ///
    /// Each of them also has conformances in `Maintenance`, for what it stores in the queue and how its jobs run.
    public static let standard = JobKinds([
        CreateIndex.self, RebuildIndex.self, DropIndex.self, Analyze.self, MeasureRecall.self,
    ])

    /// Supports only these kinds.
    public init(_ types: [any JobSpec.Type]) { self.types = types }

    /// The type for a kind; `nil` if the program does not know the kind.
    public subscript(kind: String) -> (any JobSpec.Type)? { types.first { $0.kind == kind } }

    /// The lanes in which these kinds run.
    public var lanes: [JobLane] { JobLane.allCases.filter { lane in types.contains { $0.lane == lane } } }

    /// The identifiers of all kinds.
    public var names: [String] { types.map { $0.kind } }
}

extension Remedy {
    /// The kind of job that fixes the finding; `nil` if only a person can.
    public var spec: (any JobSpec.Type)? {
        switch self {
        case .createIndex: CreateIndex.self
        case .rebuildIndex: RebuildIndex.self
        case .dropIndex: DropIndex.self
        case .analyze: Analyze.self
        case .byHand: nil
        }
    }
}
