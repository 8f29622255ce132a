/// Refreshes the statistics of a table.
public struct Analyze {
    /// Refreshes all statistics of the table.
    public init() {}
}

// The protocol documents these.
// swift-format-ignore: AllPublicDeclarationsHaveDocumentation
extension Analyze: IndexJobSpec {
    public static let kind = "analyze"
    public static let lane = JobLane.quick
    public static let rank = 0
    public static let command = "ANALYZE"
    public static let activity = "analyzing"

    public var unpredictedCost: String { "reads a sample of the rows: takes seconds, and hardly any memory or disk" }

    public func title(tables: Int) -> String { "ANALYZE" }

    public func title(on table: String) -> String { "ANALYZE \(table)" }

    public static func subject(of finding: Finding) -> String? { "" }

    public func nextStep(of record: JobRecord, at context: IndexJobContext) -> NextStep {
        if record.isCancelRequested { return .cancelledByPerson }
        return record.state == .proving ? .finish : .build
    }
}
