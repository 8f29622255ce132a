/// How many rows a table holds, and how that is known.
public struct RowCount: Sendable, Equatable {
    /// The number of rows to reckon with.
    public var value: Int64
    /// How it is known.
    public var source: Source

    /// Where a number of rows comes from.
    public enum Source: String, Sendable, CaseIterable {
        /// What the last ANALYZE found, and nothing or little has been modified since: exact for a table of up to 30,000
        /// pages (240 MB) at the default statistics target, else what a sample tells.
        case analyzed
        /// From the cumulative statistics (`n_live_tup`).
        case statistics
        /// From the density of the last ANALYZE and the pages now, as the planner does it.
        case density
        /// From the pages now and the width of a row of this type: good to a factor of two.
        case pages
        /// No more than this: nothing tells how many of the rows have a vector.
        case atMost = "at_most"
        /// Nothing says how many.
        case unknown
    }

    /// A number of rows and how it is known.
    ///
    /// Counters of a damaged or hostile server may say anything, so the number is brought into the range of what a table
    /// can hold: 2^32 pages of 291 rows at the most.
    public init(_ value: Int64, _ source: Source) {
        self.value = min(max(value, 0), Self.most)
        self.source = source
    }

    /// The most rows that a table can hold.
    private static let most: Int64 = 291 << 32

    /// `pg_class.reltuples`, or a number made of it, as a whole number; 0 for none.
    static func whole(_ value: Double) -> Int64 {
        value > 0 ? Int64(min(value, Double(most))) : 0
    }

    /// Whether the number is good enough to act on.
    public var isConfirmed: Bool { source == .analyzed }

    /// The sum of several counts, known as badly as the worst of them.
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
    /// After a crash or a reset `n_live_tup` starts at nought: it is then smaller than `reltuples` and no delete
    /// explains the difference. And ANALYZE and VACUUM report what they find at once, while what their own session has
    /// inserted or deleted just before is added to that a moment later: for the second time. The pages, measured only in
    /// such cases, decide.
    ///
    /// - Parameters:
    ///   - statistics: What the server says of the table.
    ///   - type: The type of the vector column.
    ///   - dimensions: Its dimensions, where known.
    /// - Returns: The estimate and what it is made of.
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
        // As many pages more as there are rows more: they were counted once.
        if mayCountTwice, Double(dense) * TableStatistics.doubt >= Double(live) { return RowCount(live, .statistics) }
        return RowCount(dense, .density)
    }

    /// How many rows of an id, a vector and little else fit on a page of 8 kB.
    ///
    /// A value over 2,000 bytes is stored out of line (TOAST) and leaves 18 bytes behind. Row header and line
    /// pointer are 28 bytes, an id and some metadata are taken to be 40.
    private static func rowsOnPage(type: VectorType, dimensions: Int?) -> Double {
        let value = dimensions.flatMap { type.valueBytes(dimensions: $0) } ?? 512
        let inline = value > 2_000 ? 18 : value
        return Double(max(1, 8_160 / (28 + 40 + inline)))
    }
}
