/// The number of rows that an index held at its last build, and how that number is known.
public struct Baseline: Sendable, Equatable {
    /// Rows that the index held after the last index operation.
    public var rows: Int64
    /// The rows with a vector that the table held then: as many, or more if the index leaves some out.
    ///
    /// An index for cosine distance has no zero vectors.
    public var tableRows: Int64
    /// Where the number comes from.
    public var source: Source
    /// How certain the number is.
    public var certainty: Certainty

    /// Where a baseline comes from.
    public enum Source: String, Sendable {
        /// vecsteward built the index and recorded the number.
        case recorded
        /// Somebody else built it, and vecsteward recorded the rows at that time.
        case observed
        /// The rows when vecsteward first saw the index; it was built on no more than these.
        case firstSeen = "first_seen"
        /// The index's own row count, which nothing has overwritten since the build.
        case indexStatistics = "index_statistics"
        /// The index was built on an empty table, or the table was truncated later.
        case builtEmpty = "built_empty"
        /// The server has emptied an unlogged table and its indexes.
        case lostInCrash = "lost_in_crash"
        /// The inverse of vecs' formula for lists, for an index that vecs named.
        case listsOfVecs = "lists_of_vecs"
        /// The inverse of the same formula, for an index that somebody built by hand.
        case lists
        /// No evidence; the rows of today.
        case rowsNow = "rows_now"
    }

    /// How far to trust a baseline.
    public enum Certainty: String, Sendable {
        /// The exact number.
        case exact
        /// Correct, unless somebody did something unusual.
        case likely
        /// Not good enough to act on.
        case guess
    }

    /// Creates a baseline.
    public init(rows: Int64, tableRows: Int64? = nil, source: Source, certainty: Certainty) {
        self.rows = rows
        self.tableRows = max(tableRows ?? rows, rows)
        self.source = source
        self.certainty = certainty
    }

    /// The source of the number, in words.
    public var explanation: String {
        switch source {
        case .recorded: "the rows that the index held when vecsteward built it"
        case .observed: "the rows when somebody built the index, as vecsteward saw it"
        case .firstSeen: "the rows when vecsteward first saw the index"
        case .indexStatistics: "the rows that the index counted at its build"
        case .builtEmpty where certainty == .guess:
            "the index seems to have been built on an empty table, but the server's counters do not confirm that"
        case .builtEmpty: "the index was built on an empty table, or the table was truncated since"
        case .lostInCrash:
            "the server has emptied the table and its index since, as a crash does with an unlogged table"
        case .listsOfVecs: "inferred from the lists in the index's name, by vecs' formula"
        case .lists: "guessed from lists by vecs' formula, but vecs did not name this index"
        case .rowsNow: "unknown, so today's rows are used"
        }
    }
}
