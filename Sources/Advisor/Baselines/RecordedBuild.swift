/// What vecsteward has written down of the build that an index still is.
public struct RecordedBuild: Sendable, Equatable {
    /// Rows that it held when it was built, or first seen.
    public var rows: Int64
    /// How that is known.
    public var source: Source
    /// Its size in bytes then.
    public var sizeBytes: Int64?
    /// The lists of an IVFFlat then, which ALTER INDEX changes in the catalog alone.
    public var lists: Int?

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
    public init(rows: Int64, source: Source, sizeBytes: Int64? = nil, lists: Int? = nil) {
        self.rows = rows
        self.source = source
        self.sizeBytes = sizeBytes
        self.lists = lists
    }
}
