/// How searches on a partitioned table read its partitions, of those that have rows.
public struct PartitionScans: Sendable, Hashable {
    /// How many are searched through their part of the index.
    public var indexed: Int
    /// Those that are read whole although they have a valid part of the index, because that costs less.
    public var scanned: [String]
    /// Those that are read whole because they have no valid part of the index.
    public var unindexed: [String]

    /// A description of searches.
    public init(indexed: Int, scanned: [String] = [], unindexed: [String] = []) {
        self.indexed = indexed
        self.scanned = scanned
        self.unindexed = unindexed
    }

    /// How many are read whole.
    public var readWhole: Int { scanned.count + unindexed.count }

    /// How many there are.
    public var count: Int { indexed + readWhole }
}
