/// What the last ANALYZE of a table found, and how much has been modified since.
///
/// ANALYZE sees every page of a table of up to 30,000 pages (240 MB) at the default statistics target, and so counts its
/// rows; of a larger one it takes a sample.
public struct TableAnalysis: Sendable, Equatable {
    /// The rows that it found.
    public var rows: Double
    /// The pages that it found, of which it has sampled 30,000 at the default statistics target.
    public var pages: Int64
    /// How many rows have been inserted, updated and deleted since.
    public var modified: Int64
    /// The share of the rows without a vector, from 0 to 1; `nil` where the role may not see it, or there is none.
    public var nullFraction: Double?

    /// Puts together what ANALYZE found.
    public init(rows: Double, pages: Int64, modified: Int64, nullFraction: Double?) {
        self.rows = rows
        self.pages = pages
        self.modified = modified
        self.nullFraction = nullFraction
    }

    /// Whether it tells how many of the rows have a vector.
    public var isComplete: Bool { rows == 0 || nullFraction != nil }

    /// The pages that ANALYZE samples at the default statistics target of 100: 300 times that.
    private static let sampledPages: Int64 = 30_000

    /// The fewest and the most rows with a vector that there can be now; `nil` where nothing tells how many have none.
    private var bounds: (least: Double, most: Double)? {
        guard let nullFraction = rows == 0 ? 0 : nullFraction else { return nil }
        let vectors = rows * (1 - min(max(nullFraction, 0), 1))
        // Of a sample, and of a share that is a sample's, one in fifty is allowed for.
        let error =
            pages > Self.sampledPages || (nullFraction > 0 && rows > Double(Self.sampledPages)) ? vectors / 50 : 0
        let slack = Double(max(modified, 0)) + error
        return (max(vectors - slack, 0), vectors + slack)
    }

    /// Whether there are so many rows with a vector for sure.
    public func isAtLeast(_ needed: Int64) -> Bool { bounds.map { $0.least.rounded() >= Double(needed) } ?? false }

    /// Whether it says for sure on which side of a number the rows with a vector are.
    public func settles(_ needed: Int64) -> Bool {
        isAtLeast(needed) || (bounds.map { $0.most.rounded() < Double(needed) } ?? false)
    }

    /// The rows of now: those of an estimate, as far as what was found and modified allows for it.
    func rows(by estimate: RowCount) -> RowCount {
        let slack = Double(max(modified, 0))
        let estimated = estimate.source == .unknown ? rows : Double(estimate.value)
        return RowCount(RowCount.whole(min(max(estimated, rows - slack), rows + slack).rounded()), .analyzed)
    }
}

extension Relation {
    /// What the last ANALYZE found, where the counters go back to it; `nil` where there was none.
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
