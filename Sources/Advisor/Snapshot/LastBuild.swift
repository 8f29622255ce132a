/// What vecsteward has recorded about the current build of an index.
public struct LastBuild: Sendable, Equatable {
    /// The rows that it held when it was built or first seen.
    public var rows: Int64
    /// The rows with a vector that the table held then, which are more if the index leaves some out; `nil` if that is
    /// unknown.
    public var tableRows: Int64?
    /// How that is known.
    public var source: Source
    /// Its size at that time, in bytes.
    public var sizeBytes: Int64?
    /// The lists of an IVFFlat index at that time; ALTER INDEX changes them only in the catalog.
    public var lists: Int?
    /// Whether the server has emptied the table and the index since, so the record describes an index that is gone.
    ///
    /// A crash does that to an unlogged table, and so does the promotion of a standby. The index keeps its file, its
    /// name and its row count in the catalog.
    public var isLost: Bool

    /// How the rows of a build are known.
    public enum Source: String, Sendable, CaseIterable {
        /// vecsteward built it.
        case built
        /// Somebody else built it, and vecsteward saw it early enough to know the rows.
        case observed
        /// Unknown; these are the rows when vecsteward first saw it, and it was built on no more.
        case inferred
    }

    /// Creates a record.
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
