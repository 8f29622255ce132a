/// The result of the last ANALYZE of a table, and how much has changed since.
///
/// ANALYZE reads every page of a table of up to 30,000 pages (240 MB) at the default statistics target, and so counts
/// its rows; of a larger table it reads a sample.
public struct TableAnalysis: Sendable, Equatable {
    /// The rows that ANALYZE found.
    public var rows: Double
    /// The pages of the table then; ANALYZE samples 30,000 of them at the default statistics target.
    public var pages: Int64
    /// The rows inserted, updated and deleted since.
    public var modified: Int64
    /// The share of rows without a vector, from 0 to 1; `nil` if the role may not read it, or there is none.
    public var nullFraction: Double?

    /// Creates a description of an analysis.
    public init(rows: Double, pages: Int64, modified: Int64, nullFraction: Double?) {
        self.rows = rows
        self.pages = pages
        self.modified = modified
        self.nullFraction = nullFraction
    }

    /// Whether it shows how many of the rows have a vector.
    public var isComplete: Bool { rows == 0 || nullFraction != nil }

    /// The pages that ANALYZE samples at the default statistics target of 100: 300 times that.
    private static let sampledPages: Int64 = 30_000

    /// The fewest and the most rows with a vector that there can be now; `nil` if it is unknown how many rows have
    /// none.
    private var bounds: (least: Double, most: Double)? {
        guard let nullFraction = rows == 0 ? 0 : nullFraction else { return nil }
        let vectors = rows * (1 - min(max(nullFraction, 0), 1))
        // A sample, and a share from a sample, may be off by one in fifty.
        let error =
            pages > Self.sampledPages || (nullFraction > 0 && rows > Double(Self.sampledPages)) ? vectors / 50 : 0
        let slack = Double(max(modified, 0)) + error
        return (max(vectors - slack, 0), vectors + slack)
    }

    /// Whether there are certainly so many rows with a vector.
    public func isAtLeast(_ needed: Int64) -> Bool { bounds.map { $0.least.rounded() >= Double(needed) } ?? false }

    /// Whether the rows with a vector are certainly on one side of a number.
    public func settles(_ needed: Int64) -> Bool {
        isAtLeast(needed) || (bounds.map { $0.most.rounded() < Double(needed) } ?? false)
    }

    /// The current rows: the estimate, limited to what the analysis and the changes since allow.
    func rows(by estimate: RowCount) -> RowCount {
        let slack = Double(max(modified, 0))
        let estimated = estimate.source == .unknown ? rows : Double(estimate.value)
        return RowCount(RowCount.whole(min(max(estimated, rows - slack), rows + slack).rounded()), .analyzed)
    }
}

extension Relation {
    /// The last ANALYZE, if the counters reach back to it; `nil` if there was none.
    var analysis: TableAnalysis? {
        guard statistics.analyzeCount > 0, statistics.reltuples >= 0 else { return nil }
        return TableAnalysis(
            rows: statistics.reltuples,
            pages: statistics.relpages,
            modified: statistics.modifiedSinceAnalyze,
            nullFraction: nullFraction
        )
    }
}
