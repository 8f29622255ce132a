/// How often values occur in a column: as of the last ANALYZE, or in rows that vecsteward has read.
///
/// ANALYZE compares only values of up to 1,024 bytes (254 dimensions of vector, 508 of halfvec); about wider ones it says
/// nothing.
public struct DistinctValues: Sendable, Equatable {
    /// The number of different values.
    public var count: Double
    /// The shares of rows that have the most common values, each above that of the others.
    public var commonShares: [Double]
    /// Where the figures come from.
    public var source: Source

    /// Where the figures come from.
    public enum Source: Sendable, Hashable {
        /// The last ANALYZE.
        case statistics
        /// All rows of the table.
        case allRows
        /// The first so many rows of the table, which lie together.
        case firstRows(Int64)
    }

    /// Creates a description.
    public init(count: Double, commonShares: [Double] = [], source: Source = .statistics) {
        self.count = count
        self.commonShares = commonShares
        self.source = source
    }

    /// The widest value that ANALYZE compares, in bytes; `WIDTH_THRESHOLD` in PostgreSQL's `analyze.c`.
    static let widestCompared = 1_024

    /// Estimates how often values occur in a table of which some rows have been read.
    ///
    /// The number of different values is that of Haas and Stokes ("Estimating the number of classes in a finite population",
    /// 1998), which ANALYZE uses too: `n d / (n - f + f n / N)`, where n of N rows have d values, f of them once. That
    /// takes the rows for a random sample; the first rows of a table may not be one.
    ///
    /// - Parameters:
    ///   - occurrences: How often each value occurs in the rows that were read.
    ///   - rows: The rows of the table that have a value.
    ///   - isWhole: Whether all of them were read.
    /// - Returns: The estimate; `nil` if no row was read.
    public static func estimate(from occurrences: [Int], of rows: Int64, isWhole: Bool) -> DistinctValues? {
        let repeated = occurrences.filter { $0 > 1 }.sorted(by: >)
        let values = occurrences.count
        let seen = Double(occurrences.reduce(0, +))
        guard seen > 0 else { return nil }
        guard !isWhole else {
            return DistinctValues(
                count: Double(values),
                commonShares: repeated.map { Double($0) / seen },
                source: .allRows
            )
        }
        let all = max(Double(rows), seen)
        let once = Double(values - repeated.count)
        return DistinctValues(
            count: min(seen * Double(values) / (seen - once + once * seen / all), all),
            // A value that was seen a few times may have been seen so often by chance.
            commonShares: repeated.prefix { $0 >= leastCommon }.map { Double($0) / seen },
            source: .firstRows(Int64(seen))
        )
    }

    private static let leastCommon = 10

    /// Reads `pg_stats`; `nil` if nothing is known, or if all values seem to be different.
    ///
    /// `n_distinct` is a number, or the negative of a share of the rows.
    ///
    /// - Parameters:
    ///   - nDistinct: `pg_stats.n_distinct`.
    ///   - commonShares: `pg_stats.most_common_freqs`.
    ///   - rows: Rows of the table.
    public init?(nDistinct: Double, commonShares: [Double], rows: Int64) {
        guard nDistinct > -0.99, nDistinct != 0 else { return nil }
        self.init(count: nDistinct < 0 ? -nDistinct * Double(rows) : nDistinct, commonShares: commonShares)
    }

    /// The elements that an HNSW index makes of so many rows: up to ten equal rows share one.
    ///
    /// A row shares an element only if it is among the `2 m` neighbours that the search for its place has found. If very many
    /// rows are equal, those are full: at m = 16 each element holds 7 rows of a value that occurs 100 times, and 1.6 of one
    /// that occurs 1,000 times.
    ///
    /// - Parameters:
    ///   - rows: The rows to index.
    ///   - m: The connections per node.
    ///   - efConstruction: The candidates per row.
    /// - Returns: The elements.
    public func elements(ofRows rows: Int64, m: Int, efConstruction: Int) -> Int64 {
        var elements = 0.0
        var others = Double(rows)
        for share in commonShares {
            let copies = share * Double(rows)
            // Of all rows the number of copies is known, otherwise it is a mean.
            let least = source == .allRows ? (copies / 10 - 1e-9).rounded(.up) : copies / 10 + 0.5
            elements += Self.elements(ofCopies: copies, least: least, m, efConstruction)
            others -= copies
        }
        let values = max(count - Double(commonShares.count), 0)
        if values >= 1, others > 0 {
            let copies = others / values
            elements += values * Self.elements(ofCopies: copies, least: copies / 10 + 0.5, m, efConstruction)
        }
        return Int64(min(max(elements, 1), Double(rows)))
    }

    /// The elements of one value.
    ///
    /// Measured with pgvector 0.8.5 for m from 4 to 48, 2 to 4,000 copies and ef_construction from 64 to 200, which makes no
    /// difference but for one: with twice m there are no more candidates than neighbours, pgvector does not sort them, and
    /// finds the equal ones only where nearly all are equal.
    ///
    /// - Parameters:
    ///   - copies: The rows that have the value.
    ///   - least: The elements if each were filled.
    ///   - m: The connections per node.
    ///   - efConstruction: The candidates per row.
    /// - Returns: The elements, as a mean.
    private static func elements(ofCopies copies: Double, least: Double, _ m: Int, _ efConstruction: Int) -> Double {
        // How full the neighbours of a row are, and how many times as many elements there are then.
        let fullness = copies / Double(20 * max(m, 1))
        let position = excess.firstIndex { $0.fullness >= fullness } ?? excess.count - 1
        let (lower, upper) = (excess[max(position - 1, 0)], excess[position])
        let width = upper.fullness - lower.fullness
        let part = width > 0 ? min((fullness - lower.fullness) / width, 1) : 1
        let times = lower.times + (upper.times - lower.times) * part
        // With more neighbours, more of the equal rows are found, as long as not all of these are full.
        let fading = min(max((fullness - 0.94) / 0.62, 0), 1)
        let share = min(1, 16 / Double(max(m, 1))) * (1 - fading) + fading
        let elements = max(1, min(copies, least * (1 + (times - 1) * share)))
        guard efConstruction <= 2 * m else { return elements }
        return max(elements, min(copies, 2.5 * Double(m)))
    }

    private static let excess: [(fullness: Double, times: Double)] = [
        (0, 1), (0.05, 1), (0.156, 1.3), (0.31, 1.55), (0.47, 1.75), (0.62, 1.9), (0.94, 1.95), (1.25, 2.9),
        (1.56, 3.5),
        (1.9, 4.3), (2.5, 5.3), (3.1, 6.3), (4.2, 7.2), (6.25, 7.9), (12.5, 8.5), (25, 9), (100, 10),
    ]
}

extension Collection {
    /// Whether ANALYZE takes no statistics of equal values of its column, because they are too wide.
    package var hidesEqualRows: Bool {
        guard let dimensions, let bytes = type.valueBytes(dimensions: dimensions) else { return false }
        return bytes > DistinctValues.widestCompared
    }
}
