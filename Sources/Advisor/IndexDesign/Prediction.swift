/// The predicted cost of a build.
public struct Prediction: Sendable, Equatable {
    /// The memory in bytes that the build needs to be fast (HNSW) or to work at all (IVFFlat).
    public var memoryBytes: Int64
    /// The size of the finished index in bytes; the build writes as much WAL.
    public var diskBytes: Int64
    /// The seconds that the build statement takes on an otherwise idle server.
    public var seconds: Double
    /// The basis of the time.
    public var basis: Basis
    /// The times of the first phases of an IVFFlat build, if recorded builds show them; otherwise the formula shares the
    /// seconds out.
    public var phases: BuildPhases?

    /// The basis of a predicted time.
    public enum Basis: Sendable, Hashable {
        /// Only the formula, fitted to builds on one machine: within a factor of 2 in nine of ten builds there.
        case formula
        /// The formula, corrected by so many recorded builds of this database.
        case builds(Int)
    }

    /// What is known of equal rows, which share elements of an HNSW index: its size depends on it.
    public var equalRows: EqualRows

    /// What is known of equal rows.
    public enum EqualRows: Sendable, Hashable {
        /// Their number, by the server's statistics or earlier builds; or they make no difference.
        case known
        /// Nothing: the size is that of rows that are all different, and so the most that is possible.
        case unknown
        /// What all rows of the table show, or so many of its first rows.
        case seen(Int64, isAll: Bool)
    }

    /// Creates a prediction.
    public init(
        memoryBytes: Int64,
        diskBytes: Int64,
        seconds: Double,
        basis: Basis = .formula,
        phases: BuildPhases? = nil,
        equalRows: EqualRows = .known
    ) {
        self.memoryBytes = memoryBytes
        self.diskBytes = diskBytes
        self.seconds = seconds
        self.basis = basis
        self.phases = phases
        self.equalRows = equalRows
    }

    /// Adds up the predictions of builds that run one after another; the memory is the maximum.
    static func sequence(_ predictions: [Prediction]) -> Prediction? {
        guard let first = predictions.first else { return nil }
        return Prediction(
            memoryBytes: predictions.map(\.memoryBytes).max() ?? 0,
            diskBytes: predictions.reduce(0) { $0 + $1.diskBytes },
            seconds: predictions.reduce(0) { $0 + $1.seconds },
            basis: first.basis,
            phases: predictions.count == 1 ? first.phases : nil,
            equalRows: predictions.contains { $0.equalRows == .unknown } ? .unknown : first.equalRows
        )
    }
}

/// The times of the parts of a build, in seconds.
public struct BuildParts: Sendable, Equatable {
    /// K-means over the samples of an IVFFlat index; the server does not count it.
    public var training = 0.0
    /// The pass over the table that compares each row with each centre of an IVFFlat index.
    public var assigning = 0.0
    /// Inserting rows into the graph, or writing the sorted rows into the lists.
    public var loading = 0.0
    /// Writing a finished graph; the server does not count it.
    public var writing = 0.0
    /// The second read of `CONCURRENTLY`.
    public var validation = 0.0
    /// The share of the rows after which a graph exceeds its memory; 1 if it fits.
    public var fittingShare = 1.0
    /// How evenly rows go into a graph, from 0 to 1: with small vectors, each takes longer than the one before.
    public var steadiness = 0.75
    /// The rows that the index will hold; 0 if unknown.
    public var rows: Int64 = 0

    /// The sum of the parts.
    public var total: Double { training + assigning + loading + writing + validation }

    /// The parts of an IVFFlat build whose first phases take so long, and all of it this many seconds.
    func with(_ phases: BuildPhases, within seconds: Double) -> BuildParts {
        let others = total - training - assigning
        guard others > 0 else { return self }
        let left = max(seconds - phases.training - phases.assigning, 0.02 * seconds)
        var parts = scaled(by: left / others)
        parts.training = phases.training
        parts.assigning = phases.assigning
        return parts
    }

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

    /// The speedup by workers: the leader and each worker do nine tenths of the work of a single process.
    static func speedup(workers: Int) -> Double { 1 + 0.9 * Double(max(workers, 0)) }
}
