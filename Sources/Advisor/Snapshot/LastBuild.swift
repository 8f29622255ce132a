/// What vecsteward has written down of the build that an index still is.
public struct LastBuild: Sendable, Equatable {
    /// Rows that it held when it was built, or first seen.
    public var rows: Int64
    /// Rows with a vector that the table held then, which are more where the index leaves some out; `nil` where nobody
    /// knows.
    public var tableRows: Int64?
    /// How that is known.
    public var source: Source
    /// Its size in bytes then.
    public var sizeBytes: Int64?
    /// The lists of an IVFFlat then, which ALTER INDEX changes in the catalog alone.
    public var lists: Int?
    /// Whether the server has emptied the table and the index since, and so the record is of an index that is gone.
    ///
    /// A crash does that to an unlogged table, and so does the promotion of a standby. The index keeps its file, its name
    /// and the count of its rows in the catalog.
    public var isLost: Bool

    /// How the rows of a build are known.
    public enum Source: String, Sendable, CaseIterable {
        /// vecsteward built it.
        case built
        /// Somebody else built it, and vecsteward saw it soon enough to know the rows.
        case observed
        /// Nobody knows what it was built on; these are the rows when vecsteward first saw it, which is no fewer.
        case inferred
    }

    /// Remembers a build.
    public init(
        rows: Int64,
        tableRows: Int64? = nil,
        source: Source,
        sizeBytes: Int64? = nil,
        lists: Int? = nil,
        isLost: Bool = false
    ) {
        self.rows = rows
        self.tableRows = tableRows
        self.source = source
        self.sizeBytes = sizeBytes
        self.lists = lists
        self.isLost = isLost
    }
}
