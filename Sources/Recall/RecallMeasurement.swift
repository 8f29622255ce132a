public import Advisor

/// What a measurement of an index found, and what it was made with.
public struct RecallMeasurement: Sendable {
    /// The collection.
    public var collection: CollectionName
    /// The index.
    public var index: IndexIdentity
    /// The name of the index.
    public var indexName: String
    /// Its access method.
    public var method: IndexMethod
    /// The distance metric.
    public var metric: DistanceMetric
    /// How many rows each search asked for.
    public var k: Int
    /// Where the vectors come from that were searched for.
    public var queries: QuerySource
    /// The settings of the searches that bear on what an index finds, by name.
    public var settings: [String: SearchSetting]
    /// What the searches found.
    public var figures: RecallFigures
    /// The rows with a vector.
    public var rows: Int
    /// What the searches for each value of a column found; `nil` if they were for all rows.
    public var groups: RecallGroups?
    /// How the searches read the partitions of a partitioned table; `nil` for an index of one table.
    public var partitions: PartitionScans?
    /// The partition that was searched, if it was one alone, with its schema.
    public var partition: String?
    /// Whether other tables inherit from the table, whose rows are in no figure: no index of the table has them.
    public var leavesOutChildren = false
    /// When it was made by the server's clock, in seconds since 1970 UTC.
    public var measuredAt: Double
    /// How long all of it took, in seconds.
    public var seconds: Double
    /// How long the pass over the table took, in seconds.
    public var passSeconds: Double
    /// The ranges of blocks in which the table was read; `nil` if it was read whole, in the snapshot of the searches.
    public var ranges: ReadRanges?
    /// What the same searches found at other settings; `nil` if that was not asked for.
    public var curve: RecallCurve?
    /// What the index would find if it were another one; `nil` if that was not asked for.
    public var whatIf: WhatIf?

    /// The value of the setting for effort, such as `ivfflat.probes`, of searches that stand for the exact one.
    ///
    /// The recall is then at most what the figures say. `nil` if the searches were compared with the exact one.
    public var moreEffort: Int?

    /// How near searches with ten times the effort were to the exact one, from 0 to 1; `nil` if that was not measured.
    public var nearness: Double?
    /// The share of what these searches found that the searches themselves found, and its 95 % interval; `nil` if unknown.
    public var agreement: (share: Double, interval: ClosedRange<Double>)?

    /// Puts a measurement together.
    public init(
        collection: CollectionName,
        index: IndexIdentity,
        indexName: String,
        method: IndexMethod,
        metric: DistanceMetric,
        k: Int,
        queries: QuerySource,
        settings: [String: SearchSetting],
        figures: RecallFigures,
        rows: Int,
        measuredAt: Double,
        seconds: Double,
        passSeconds: Double
    ) {
        self.collection = collection
        self.index = index
        self.indexName = indexName
        self.method = method
        self.metric = metric
        self.k = k
        self.queries = queries
        self.settings = settings
        self.figures = figures
        self.rows = rows
        self.measuredAt = measuredAt
        self.seconds = seconds
        self.passSeconds = passSeconds
    }
}
