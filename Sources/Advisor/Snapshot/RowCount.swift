/// The number of rows of a table, and how it is known.
public struct RowCount: Sendable, Equatable {
    /// The number of rows to reckon with.
    public var value: Int64
    /// How the number is known.
    public var source: Source

    /// The source of a row count.
    public enum Source: String, Sendable, CaseIterable {
        /// From the last ANALYZE, with few or no changes since: exact for a table of up to 30,000 pages (240 MB) at the
        /// default statistics target, otherwise from a sample.
        case analyzed
        /// From the cumulative statistics (`n_live_tup`).
        case statistics
        /// From the density of the last ANALYZE and the pages now, as the planner does it.
        case density
        /// From the pages now and the width of a row of this type: good to a factor of two.
        case pages
        /// An upper bound: nothing shows how many of the rows have a vector.
        case atMost = "at_most"
        /// Unknown.
        case unknown
    }

    /// Creates a row count.
    ///
    /// The counters of a damaged or hostile server may contain anything, so the number is limited to what a table can
    /// hold: at most 2^32 pages of 291 rows.
    public init(_ value: Int64, _ source: Source) {
        self.value = min(max(value, 0), Self.most)
        self.source = source
    }

    /// The most rows that a table can hold.
    private static let most: Int64 = 291 << 32

    /// `pg_class.reltuples`, or a number derived from it, as a whole number; 0 if there is none.
    static func whole(_ value: Double) -> Int64 {
        value > 0 ? Int64(min(value, Double(most))) : 0
    }

    /// Whether the number is good enough to act on.
    public var isConfirmed: Bool { source == .analyzed }

    /// The sum of several counts, with the least certain source of them.
    static func sum(_ counts: [RowCount]) -> RowCount {
        let worst = counts.map(\.source).max { left, right in rank(left) < rank(right) }
        return RowCount(counts.reduce(0) { $0 + $1.value }, worst ?? .analyzed)
    }

    private static func rank(_ source: Source) -> Int { Source.allCases.firstIndex(of: source) ?? 0 }
}

extension RowCount {
    /// Estimates the rows of a table without reading it.
    ///
    /// `n_live_tup` follows every insert and delete, so it comes first; `reltuples` is as old as the last ANALYZE.
    /// After a crash or a reset, `n_live_tup` starts from zero: it is then smaller than `reltuples`, and no delete
    /// explains the difference. ANALYZE and VACUUM report their counts at once, and a moment later the server adds what
    /// their own session had inserted or deleted just before, a second time. In these cases only, the pages are
    /// measured, and decide.
    ///
    /// - Parameters:
    ///   - statistics: The server's statistics about the table.
    ///   - type: The type of the vector column.
    ///   - dimensions: Its dimensions, if known.
    /// - Returns: The estimate and its source.
    public static func estimate(
        from statistics: TableStatistics,
        type: VectorType,
        dimensions: Int?
    ) -> RowCount {
        let live = RowCount(statistics.liveTuples, .statistics).value
        if statistics.reltuples < 0 {
            if live > 0 { return RowCount(live, .statistics) }
            guard let pages = statistics.currentPages else { return RowCount(0, .unknown) }
            return pages == 0
                ? RowCount(0, .statistics)
                : RowCount(whole(Double(pages) * rowsOnPage(type: type, dimensions: dimensions)), .pages)
        }
        let analyzed = whole(statistics.reltuples)
        if live == analyzed, statistics.analyzeCount > 0, statistics.modifiedSinceAnalyze == 0 {
            return RowCount(analyzed, .analyzed)
        }
        let mayCountTwice = statistics.mayCountInsertsTwice
        let isExplained = live >= analyzed || statistics.deleted >= analyzed - live
        if isExplained, !mayCountTwice, !statistics.mayCountDeletesTwice { return RowCount(live, .statistics) }
        guard let pages = statistics.currentPages, statistics.relpages > 0 else {
            return RowCount(analyzed, .statistics)
        }
        let density = statistics.reltuples / Double(statistics.relpages)
        let dense = whole((density * Double(pages)).rounded())
        // If there are as many more pages as rows, the rows were counted once.
        if mayCountTwice, Double(dense) * TableStatistics.doubt >= Double(live) { return RowCount(live, .statistics) }
        return RowCount(dense, .density)
    }

    /// The number of rows with an id, a vector and little else that fit on a page of 8 kB.
    ///
    /// A value over 2,000 bytes is stored out of line (TOAST) and leaves 18 bytes behind. Row header and line pointer
    /// take 28 bytes; an id and some metadata are assumed to take 40.
    private static func rowsOnPage(type: VectorType, dimensions: Int?) -> Double {
        let value = dimensions.flatMap { type.valueBytes(dimensions: $0) } ?? 512
        let inline = value > 2_000 ? 18 : value
        return Double(max(1, 8_160 / (28 + 40 + inline)))
    }
}
