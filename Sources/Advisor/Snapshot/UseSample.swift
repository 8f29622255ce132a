/// The counters of an index and its table at one time.
public struct UseSample: Sendable, Equatable {
    /// The time of the sample, in seconds since 1970 UTC by the database's clock.
    public var takenAt: Double
    /// Scans of the index.
    public var scans: Int64
    /// `seq_scan` of its table.
    public var sequentialScans: Int64
    /// `seq_tup_read` of its table.
    public var sequentialRowsRead: Int64

    /// The age in days up to which a sample counts; what happened before is ignored.
    public static let days = 7

    /// Creates a sample.
    public init(takenAt: Double, scans: Int64, sequentialScans: Int64, sequentialRowsRead: Int64) {
        self.takenAt = takenAt
        self.scans = scans
        self.sequentialScans = sequentialScans
        self.sequentialRowsRead = sequentialRowsRead
    }

    /// Creates a sample of the current counters of an index.
    public init(of index: VectorIndex, on relation: Relation, at time: Double) {
        self.init(
            takenAt: time,
            scans: index.scans,
            sequentialScans: relation.statistics.sequentialScans,
            sequentialRowsRead: relation.statistics.sequentialRowsRead
        )
    }

    /// The counts between this sample and a later one.
    ///
    /// Counters that have become lower were reset, by a crash or by a person: then their whole value counts.
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

    /// Adds samples of the use of indexes.
    ///
    /// - Parameters:
    ///   - samples: The oldest sample of each index.
    ///   - identities: The indexes in question.
    ///   - isSampling: Whether the caller records a sample for an index that has none: then counting starts now.
    public mutating func add(
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
