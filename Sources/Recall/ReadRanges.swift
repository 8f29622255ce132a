/// How a table was read that takes too long for one snapshot: in ranges of blocks, each in a snapshot of its own.
public struct ReadRanges: Sendable, Hashable {
    /// How many ranges there were.
    public var count: Int
    /// Rows that were inserted, updated and deleted meanwhile, as far as the server has counted them; of these, one may have been
    /// read twice or not at all.
    public var changedRows: Int64
    /// The longest time for which one of them held a snapshot, in seconds.
    public var longestSeconds: Double

    /// Puts the figures together.
    public init(count: Int, changedRows: Int64, longestSeconds: Double) {
        self.count = count
        self.changedRows = changedRows
        self.longestSeconds = longestSeconds
    }
}
