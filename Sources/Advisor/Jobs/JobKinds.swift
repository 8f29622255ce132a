/// The kinds of jobs that a program knows.
public struct JobKinds: Sendable {
    /// The types that stand for them.
    public let types: [any JobSpec.Type]

    /// All kinds of vecsteward.
    ///
    /// Each of them also says in `Maintenance` what it keeps in the queue and how its jobs are carried out.
    public static let standard = JobKinds([CreateIndex.self, RebuildIndex.self, DropIndex.self, Analyze.self])

    /// Knows just these kinds.
    public init(_ types: [any JobSpec.Type]) { self.types = types }

    /// The type that stands for a kind; `nil` for one that the program does not know.
    public subscript(kind: String) -> (any JobSpec.Type)? { types.first { $0.kind == kind } }

    /// The identifiers of all kinds.
    public var names: [String] { types.map { $0.kind } }
}

extension Remedy {
    /// The kind of job that does away with the finding; `nil` where only a person can.
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
