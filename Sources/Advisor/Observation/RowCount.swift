/// How many rows a table holds, and how that is known.
public struct RowCount: Sendable, Equatable {
    /// The number of rows to reckon with.
    public var value: Int64
    /// How it is known.
    public var source: Source

    /// Where a number of rows comes from.
    public enum Source: String, Sendable, CaseIterable {
        /// Counted, and exact.
        case counted
        /// A bounded count reached its bound: there are at least as many as the bound; the value is the estimate, or
        /// the bound where that is larger.
        case countedAtLeast = "counted_at_least"
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

    /// Whether the number was counted, in full or up to a bound that decides.
    public var isConfirmed: Bool { source == .counted || source == .countedAtLeast }

    /// The sum of several counts, known as badly as the worst of them.
    static func sum(_ counts: [RowCount]) -> RowCount {
        let worst = counts.map(\.source).max { left, right in rank(left) < rank(right) }
        return RowCount(counts.reduce(0) { $0 + $1.value }, worst ?? .counted)
    }

    private static func rank(_ source: Source) -> Int { Source.allCases.firstIndex(of: source) ?? 0 }
}

extension RowCount {
    /// Estimates the rows of a table without reading it.
    ///
    /// `n_live_tup` follows every insert and delete, so it comes first; `reltuples` is as old as the last ANALYZE.
    /// After a crash or a reset `n_live_tup` starts at nought: it is then smaller than `reltuples` and no delete
    /// explains the difference. The pages, measured only in that case, decide.
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
        if live >= analyzed || statistics.deleted >= analyzed - live { return RowCount(live, .statistics) }
        if let pages = statistics.currentPages, statistics.relpages > 0 {
            let density = statistics.reltuples / Double(statistics.relpages)
            return RowCount(whole((density * Double(pages)).rounded()), .density)
        }
        return RowCount(analyzed, .statistics)
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
