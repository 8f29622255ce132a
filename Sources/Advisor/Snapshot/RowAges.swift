/// What the transactions that wrote the rows of a table tell of an index, where every row that was looked at is younger.
public enum RowAges: Sendable, Equatable {
    /// Every one of these rows was written after the build.
    case younger
    /// Or the transaction that built the index wrote them before that, in a part of its own: a part has a later number than
    /// its whole.
    case youngerOrOfBuild

    /// Fewer rows than these tell nothing: as many train one list.
    public static let fewestRows: Int64 = 50

    /// Judges what was looked at: it tells nothing where there are too few rows, or older ones among them.
    ///
    /// The catalog's row of an index is written anew by a rename too, so rows that are older than that may have come after the
    /// build.
    ///
    /// - Parameters:
    ///   - lookedAt: The rows that were looked at.
    ///   - notYounger: Those of them that are not younger than the index.
    ///   - isFirst: Whether the transaction of the index wrote nothing before it.
    public init?(lookedAt: Int64, notYounger: Int64, isFirst: Bool) {
        guard lookedAt >= Self.fewestRows, notYounger == 0 else { return nil }
        self = isFirst ? .younger : .youngerOrOfBuild
    }
}
