/// What the counters of an index and its table said at a moment.
public struct UseSample: Sendable, Equatable {
    /// When, in seconds since 1970 UTC by the database's clock.
    public var takenAt: Double
    /// Scans of the index.
    public var scans: Int64
    /// `seq_scan` of its table.
    public var sequentialScans: Int64
    /// `seq_tup_read` of its table.
    public var sequentialRowsRead: Int64

    /// The most days that a sample is old by which use is judged: what happened before is forgotten.
    public static let days = 7

    /// Puts a sample together.
    public init(takenAt: Double, scans: Int64, sequentialScans: Int64, sequentialRowsRead: Int64) {
        self.takenAt = takenAt
        self.scans = scans
        self.sequentialScans = sequentialScans
        self.sequentialRowsRead = sequentialRowsRead
    }

    /// What the counters of an index say now.
    public init(of index: VectorIndex, on relation: Relation, at time: Double) {
        self.init(
            takenAt: time,
            scans: index.scans,
            sequentialScans: relation.statistics.sequentialScans,
            sequentialRowsRead: relation.statistics.sequentialRowsRead
        )
    }

    /// What has been counted since then, given a later sample.
    ///
    /// Counters that are lower than they were have begun anew, after a crash or a reset: then all that they say counts.
    func counted(until later: UseSample) -> UseSample {
        let hasRestarted =
            later.scans < scans || later.sequentialScans < sequentialScans
            || later.sequentialRowsRead < sequentialRowsRead
        let start = hasRestarted ? UseSample(takenAt: 0, scans: 0, sequentialScans: 0, sequentialRowsRead: 0) : self
        return UseSample(
            takenAt: takenAt,
            scans: later.scans - start.scans,
            sequentialScans: later.sequentialScans - start.sequentialScans,
            sequentialRowsRead: later.sequentialRowsRead - start.sequentialRowsRead
        )
    }
}

extension CatalogSnapshot {

    /// Takes over samples of the use of indexes.
    ///
    /// - Parameters:
    ///   - samples: The oldest sample of each index.
    ///   - identities: The indexes that were asked about.
    ///   - isSampling: Whether whoever looks takes a sample now where there is none: then counting begins now.
    public mutating func take(
        _ samples: [IndexIdentity: UseSample],
        of identities: [IndexIdentity],
        isSampling: Bool
    ) {
        let wanted = Set(identities)
        let time = server.observedAt
        updateIndexes { index, relation in
            guard wanted.contains(index.identity) else { return }
            let now = isSampling ? UseSample(of: index, on: relation, at: time) : nil
            index.sample = samples[index.identity] ?? now
        }
    }
}
