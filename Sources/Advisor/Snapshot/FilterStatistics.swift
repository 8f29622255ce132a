/// What the server knows of the columns of a table that searches filter by: numbers alone, and no value of a row.
public struct FilterStatistics: Sendable, Equatable {
    /// How values occur in each column, by its name; a column without statistics is missing.
    public var columns: [String: ColumnValues]
    /// What pg_qualstats has counted of conditions on these columns.
    public var counted: [Condition: CountedCondition] = [:]
    /// The columns of which the role may not read the statistics.
    public var unreadable: Set<String>
    /// The columns whose values may be longer than a B-tree takes: 2,704 bytes, compressed.
    public var unlimited: Set<String> = []
    /// The indexes that find rows by values of these columns.
    public var indexes: [ValueIndex]
    /// When the table was last analyzed, in seconds since 1970 UTC; `nil` if that is unknown.
    public var analyzedAt: Double?

    /// Puts it together; by default nothing is known.
    public init(
        columns: [String: ColumnValues] = [:],
        unreadable: Set<String> = [],
        indexes: [ValueIndex] = [],
        analyzedAt: Double? = nil
    ) {
        self.columns = columns
        self.unreadable = unreadable
        self.indexes = indexes
        self.analyzedAt = analyzedAt
    }
}

extension FilterStatistics {
    /// Conditions that compare a column with a value.
    public struct Condition: Sendable, Hashable {
        /// The column.
        public var column: String
        /// The operator, by its name alone.
        public var operation: String

        /// Names a column and an operator.
        public init(column: String, operation: String) {
            self.column = column
            self.operation = operation
        }
    }
}

/// What pg_qualstats has counted of the rows to which a condition was applied, together with those beside it.
public struct CountedCondition: Sendable, Equatable {
    /// The rows that it was applied to.
    public var rows: Int64
    /// Those of them that were dropped.
    public var dropped: Int64

    /// Takes the counts.
    public init(rows: Int64, dropped: Int64) {
        self.rows = rows
        self.dropped = dropped
    }

    /// The share of the rows that was kept, 0 to 1; `nil` if it was applied to too few to tell.
    public var share: Double? {
        rows >= Self.fewest ? min(max(1 - Double(dropped) / Double(rows), 0), 1) : nil
    }

    /// The rows from which on their share says something: 25 searches with an HNSW index look at a thousand.
    private static let fewest: Int64 = 1_000
}

/// How values occur in a column, as of the last ANALYZE.
public struct ColumnValues: Sendable, Equatable {
    /// The share of rows without a value, 0 to 1.
    public var nullShare: Double
    /// The number of different values, at least 1.
    public var count: Double
    /// The share of the rows that have the most common value; `nil` if no value is more common than others.
    public var mostCommonShare: Double?
    /// The share of the rows in which a boolean column is true; `nil` for another type.
    public var trueShare: Double?

    /// Creates a description.
    public init(nullShare: Double = 0, count: Double, mostCommonShare: Double? = nil, trueShare: Double? = nil) {
        self.nullShare = nullShare
        self.count = max(count, 1)
        self.mostCommonShare = mostCommonShare
        self.trueShare = trueShare
    }

    /// Reads `pg_stats`; `nil` if the number of values is unknown.
    ///
    /// - Parameters:
    ///   - nDistinct: `pg_stats.n_distinct`: a number, or the negative of a share of the rows; 0 if it is unknown.
    ///   - nullShare: `pg_stats.null_frac`.
    ///   - mostCommonShare: The first of `pg_stats.most_common_freqs`.
    ///   - trueShare: The one of them that belongs to true.
    ///   - rows: Rows of the table.
    public init?(nDistinct: Double, nullShare: Double, mostCommonShare: Double?, trueShare: Double?, rows: Int64) {
        // A column without any value has none to count.
        guard nDistinct.isFinite, nDistinct != 0 || nullShare >= 1 else { return nil }
        self.init(
            nullShare: min(max(nullShare, 0), 1),
            count: nDistinct < 0 ? -nDistinct * Double(rows) : nDistinct,
            mostCommonShare: mostCommonShare,
            trueShare: trueShare
        )
    }

    /// The share of the rows that have a value, on average over the values.
    ///
    /// Source: PostgreSQL's `var_eq_non_const`, which is what the planner reckons with for a value that it does not know.
    public var meanShare: Double { min((1 - nullShare) / count, mostCommonShare ?? 1) }
}

/// An index without a condition that finds the rows with a value of its first column, as a B-tree does.
public struct ValueIndex: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// The columns that it is on, in their order, up to the first expression.
    public var columns: [String]

    /// Creates a description of an index.
    public init(name: String, columns: [String]) {
        self.name = name
        self.columns = columns
    }
}
