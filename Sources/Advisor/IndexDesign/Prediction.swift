/// What a build is going to take.
public struct Prediction: Sendable, Equatable {
    /// Memory in bytes that the build needs to be fast (HNSW) or to work at all (IVFFlat).
    public var memoryBytes: Int64
    /// Size of the finished index in bytes; the build writes as much WAL.
    public var diskBytes: Int64
    /// The time in seconds of the statement that builds, on a server that does nothing else.
    public var seconds: Double
    /// What the time goes by.
    public var basis: Basis

    /// What a predicted time goes by.
    public enum Basis: Sendable, Hashable {
        /// The formula alone, fitted to builds on one machine: good to a factor of 2 in nine of ten there.
        case formula
        /// The formula, corrected by so many builds that this database has a record of.
        case builds(Int)
    }

    /// Puts a prediction together.
    public init(memoryBytes: Int64, diskBytes: Int64, seconds: Double, basis: Basis = .formula) {
        self.memoryBytes = memoryBytes
        self.diskBytes = diskBytes
        self.seconds = seconds
        self.basis = basis
    }

    /// Adds up the predictions of several builds that run one after another: memory is the largest one's.
    static func sequence(_ predictions: [Prediction]) -> Prediction? {
        guard let first = predictions.first else { return nil }
        return Prediction(
            memoryBytes: predictions.map(\.memoryBytes).max() ?? 0,
            diskBytes: predictions.reduce(0) { $0 + $1.diskBytes },
            seconds: predictions.reduce(0) { $0 + $1.seconds },
            basis: first.basis
        )
    }
}

/// The times of the parts of a build, in seconds.
public struct BuildParts: Sendable, Equatable {
    /// K-means over the samples of an IVFFlat index, of which the server counts nothing.
    public var training = 0.0
    /// The pass over the table that compares each row with each centre of an IVFFlat index.
    public var assigning = 0.0
    /// Rows that go into the graph, or the sorted rows that are written into the lists.
    public var loading = 0.0
    /// The writing of a finished graph, of which the server counts nothing.
    public var writing = 0.0
    /// What `CONCURRENTLY` reads once more.
    public var validation = 0.0
    /// The share of the rows after which a graph is beyond its memory; 1 where it fits.
    public var fittingShare = 1.0
    /// How far rows go into a graph at one pace, from 0 to 1: with small vectors each takes longer than the one before.
    public var steadiness = 0.75
    /// The rows that the index is to hold; 0 where nobody knows.
    public var rows: Int64 = 0

    /// All of it.
    public var total: Double { training + assigning + loading + writing + validation }

    /// The parts of a build that takes so many times as long.
    func scaled(by factor: Double) -> BuildParts {
        var parts = self
        parts.training *= factor
        parts.assigning *= factor
        parts.loading *= factor
        parts.writing *= factor
        parts.validation *= factor
        return parts
    }
}

extension Prediction {
    static let pageBytes: Int64 = 8_192
    static let usablePageBytes = 8_160

    /// What workers make of a time: the leader and each worker do nine tenths of what one process alone would.
    static func speedup(workers: Int) -> Double { 1 + 0.9 * Double(max(workers, 0)) }
}
