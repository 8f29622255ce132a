/// What the transactions that wrote the rows of a table reveal about an index, if every row in the sample is younger.
public enum RowAges: Sendable, Equatable {
    /// Every row was written after the build.
    case younger
    /// Every row was written after the build, or before it by a subtransaction of the building transaction: a
    /// subtransaction has a later number than its parent.
    case youngerOrOfBuild

    /// The fewest rows that are evidence; as many train one list.
    public static let fewestRows: Int64 = 50

    /// Judges a sample of rows; `nil` if it has too few rows, or older ones.
    ///
    /// A rename rewrites the catalog's row of an index too, so rows that are older than this row may still be younger
    /// than the build.
    ///
    /// - Parameters:
    ///   - sampled: The rows of the sample.
    ///   - notYounger: Those that are not younger than the index.
    ///   - isFirst: Whether the transaction of the index wrote nothing before it.
    public init?(sampled: Int64, notYounger: Int64, isFirst: Bool) {
        guard sampled >= Self.fewestRows, notYounger == 0 else { return nil }
        self = isFirst ? .younger : .youngerOrOfBuild
    }
}
