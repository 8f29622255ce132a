/// How many rows an index held at its last build, and how that is known.
public struct Baseline: Sendable, Equatable {
    /// Rows that the index held after the last index operation.
    public var rows: Int64
    /// Rows with a vector that the table held then: as many, or more where the index leaves some out.
    ///
    /// An index for cosine distance has no zero vectors.
    public var tableRows: Int64
    /// Where the number comes from.
    public var source: Source
    /// How sure it is.
    public var certainty: Certainty

    /// Where a baseline comes from.
    public enum Source: String, Sendable {
        /// vecsteward built the index and wrote the number down.
        case recorded
        /// Somebody else built it, and vecsteward wrote down the rows then.
        case observed
        /// The rows when vecsteward first saw the index, which are no fewer than it was built on.
        case firstSeen = "first_seen"
        /// The index's own row count, which nothing has overwritten since the build.
        case indexStatistics = "index_statistics"
        /// The index was built on an empty table, or the table was truncated since.
        case builtEmpty = "built_empty"
        /// The server has emptied an unlogged table and its indexes since.
        case lostInCrash = "lost_in_crash"
        /// The inverse of vecs' formula for lists, of an index that vecs named.
        case listsOfVecs = "lists_of_vecs"
        /// The inverse of the same formula, of an index that somebody made by hand.
        case lists
        /// Nothing tells, so the rows of today.
        case rowsNow = "rows_now"
    }

    /// How far a baseline can be trusted.
    public enum Certainty: String, Sendable {
        /// The true number.
        case exact
        /// Right unless somebody did something unusual.
        case likely
        /// Not enough to act on.
        case guess
    }

    /// A baseline and how it is known.
    public init(rows: Int64, tableRows: Int64? = nil, source: Source, certainty: Certainty) {
        self.rows = rows
        self.tableRows = max(tableRows ?? rows, rows)
        self.source = source
        self.certainty = certainty
    }

    /// How it is known, in words.
    public var explanation: String {
        switch source {
        case .recorded: "the rows that the index held when vecsteward built it"
        case .observed: "the rows when somebody built the index, as vecsteward saw it"
        case .firstSeen: "the rows when vecsteward first saw the index"
        case .indexStatistics: "the rows that the index counted at its build"
        case .builtEmpty where certainty == .guess:
            "it looks as if the index was built on an empty table, but the server's counters do not bear that out"
        case .builtEmpty: "the index was built on an empty table, or the table was truncated since"
        case .lostInCrash:
            "the server has emptied the table and its index since, as a crash does with an unlogged table"
        case .listsOfVecs: "inferred from the lists in the index's name, by vecs' formula"
        case .lists: "guessed from lists by vecs' formula, but vecs did not name this index"
        case .rowsNow: "unknown, so the rows of today are taken"
        }
    }
}
