/// Measures in the background what an index finds.
public struct MeasureRecall: Sendable, Equatable {
    /// The name of the index.
    public var index: String
    /// How many rows each search asks for.
    public var k = 10
    /// How many vectors to search for.
    public var queries = 100
    /// The settings of the searches, by name; others are as in the sessions of vecsteward.
    public var settings: [String: String]
    /// Whether only to check how much the searches agree with those of ten times the effort.
    public var isCheck = false
    /// Whether to compute what an IVFFlat index would find with other lists.
    public var hasWhatIf = false
    /// The longest time for reading the table, in seconds.
    public var budgetSeconds: Double

    /// A measurement of recall@10 with 100 searches.
    public init(index: String, settings: [String: String], budgetSeconds: Double) {
        self.index = index
        self.settings = settings
        self.budgetSeconds = budgetSeconds
    }
}

// The protocol documents these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension MeasureRecall: EvidenceJobSpec {
    public static let kind = "measure_recall"
    public static let lane = JobLane.background
    public static let tableUse = TableUse.shared
    public static let command = "recall"
    public static let activity = "measuring the recall of an index on"
    public static let evidenceKinds = [MeasuredRecall.evidenceKind, RecallCheck.evidenceKind]

    public init?(
        gatheringOn index: VectorIndex,
        of relation: Relation,
        in collection: Collection,
        for request: EvidenceJobRequest
    ) {
        guard index.distanceMetric != nil else { return nil }
        self.init(index: index.name, settings: request.settings, budgetSeconds: request.seconds)
        isCheck = request.kind == RecallCheck.evidenceKind
        hasWhatIf = index.method == .ivfflat && !isCheck
    }

    public var existingIndex: String? { index }
    public func subject(in collection: CollectionName) -> String { isCheck ? "\(index) (check)" : index }
    public var unpredictedCost: String {
        isCheck
            ? "runs \(queries) searches twice, in at most \(Numbers.roughDuration(seconds: budgetSeconds)), and reads no table"
            : "runs \(queries) searches and reads the table once, in at most \(Numbers.roughDuration(seconds: budgetSeconds)); "
                + "vacuum and concurrent index builds on the table wait for it"
    }

    public func title(tables: Int) -> String {
        isCheck ? "check the recall of \(index)" : "measure the recall of \(index)"
    }
    public static func subject(of finding: Finding) -> String? { nil }
}
