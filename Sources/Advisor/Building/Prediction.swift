/// What a build is going to take.
public struct Prediction: Sendable, Equatable {
    /// Memory in bytes that the build needs to be fast (HNSW) or to work at all (IVFFlat).
    public var memoryBytes: Int64
    /// Size of the finished index in bytes; the build writes as much WAL.
    public var diskBytes: Int64
    /// A rough time in seconds on a machine like those of the facts; good to a factor of three.
    public var seconds: Double

    /// Puts a prediction together.
    public init(memoryBytes: Int64, diskBytes: Int64, seconds: Double) {
        self.memoryBytes = memoryBytes
        self.diskBytes = diskBytes
        self.seconds = seconds
    }

    /// Adds up the predictions of several builds that run one after another: memory is the largest one's.
    static func sequence(_ predictions: [Prediction]) -> Prediction? {
        guard !predictions.isEmpty else { return nil }
        return Prediction(
            memoryBytes: predictions.map(\.memoryBytes).max() ?? 0,
            diskBytes: predictions.reduce(0) { $0 + $1.diskBytes },
            seconds: predictions.reduce(0) { $0 + $1.seconds }
        )
    }
}

extension Prediction {
    private static let pageBytes: Int64 = 8_192
    private static let usablePageBytes = 8_160

    /// Predicts an HNSW build.
    ///
    /// Memory: `176 + 32 m + V + (16 m + 24) / (m - 1)` bytes for each row, V being the stored value, from the struct
    /// sizes in pgvector's `hnsw.h`; measured within 0.4 %. Size: `e = MAXALIGN(72 + V)` for the element and
    /// `n = MAXALIGN(4 + 12 m)` for its neighbours, `6 m` more for each upper level; measured within 3 %.
    /// Time: fitted to serial builds of 20,000 rows with 64 and 1,536 dimensions.
    ///
    /// - Parameters:
    ///   - rows: Rows to index.
    ///   - type: The indexed type.
    ///   - dimensions: The indexed dimensions.
    ///   - m: Connections of a node.
    ///   - efConstruction: Candidates looked at for each row.
    ///   - workers: Parallel workers beside the leader.
    ///   - memoryLimit: The memory that the build may take, in bytes; beyond it the graph spills and the build crawls.
    /// - Returns: `nil` for sparsevec, whose values have no fixed size.
    public static func hnsw(
        rows: Int64,
        type: VectorType,
        dimensions: Int,
        m: Int,
        efConstruction: Int,
        workers: Int,
        memoryLimit: Int64
    ) -> Prediction? {
        guard let value = type.valueBytes(dimensions: dimensions), m > 1 else { return nil }
        let upperLevels = Double(16 * m + 24) / Double(m - 1)
        let memory = Int64(Double(rows) * (Double(176 + 32 * m + value) + upperLevels))

        let element = aligned(72 + value)
        let neighbors = aligned(4 + 12 * m)
        let pages: Int64
        if element + neighbors + 4 <= usablePageBytes - 4 {
            let tuple = Double(element + neighbors + 8) + Double(6 * m) / Double(m - 1)
            pages = 1 + rows / max(1, Int64(Double(usablePageBytes) / tuple))
        } else {
            pages = 1 + 2 * rows
        }

        let depth = max(1, logarithm(Double(max(rows, 2))) / logarithm(20_000))
        let perRow = (0.000_113 + 0.000_000_81 * Double(value) / 4) * depth * Double(efConstruction) / 64
        let spill = memory > memoryLimit ? 5.0 : 1.0
        let speedup = 1 + 0.6 * Double(workers)
        return Prediction(
            memoryBytes: memory,
            diskBytes: pages * pageBytes,
            seconds: Double(rows) * perRow * spill / speedup
        )
    }

    /// Predicts an IVFFlat build.
    ///
    /// Memory: `2 L I + S I + 4 L d + 4 S' L + 4 L^2 + 8 S' + 12 L` bytes, with L lists, I the stored value,
    /// `S = max(50 L, 10000)` samples and S' the rows really sampled; pgvector refuses to build with less (verified
    /// against its message). Size: `1 + ceil(L / k) + rows / k + L / 2` pages of k values; measured within 0.5 %.
    /// Time: k-means over the samples and one pass that compares every row with every centre.
    ///
    /// - Parameters:
    ///   - rows: Rows to index.
    ///   - type: The indexed type.
    ///   - dimensions: The indexed dimensions.
    ///   - lists: The number of lists.
    ///   - workers: Parallel workers beside the leader; k-means runs in one process all the same.
    /// - Returns: `nil` for sparsevec, which IVFFlat cannot index.
    public static func ivfflat(
        rows: Int64,
        type: VectorType,
        dimensions: Int,
        lists: Int,
        workers: Int
    ) -> Prediction? {
        guard let value = type.valueBytes(dimensions: dimensions), type != .sparsevec else { return nil }
        let (lists64, item) = (Int64(lists), Int64(value))
        let buffer = max(lists64 * Int64(Lists.trainingRows), 10_000)
        let sampled = min(buffer, rows)
        var memory = 2 * lists64 * item + buffer * item
        memory += 4 * lists64 * Int64(dimensions) + 4 * sampled * lists64
        memory += 4 * lists64 * lists64 + 8 * sampled + 12 * lists64

        let onPage = max(1, Int64(usablePageBytes / (aligned(8 + value) + 4)))
        let pages = 1 + (lists64 + onPage - 1) / onPage + rows / onPage + lists64 / 2

        let comparison = 1.2e-10 * Double(value) / 4 + 2e-9
        let clustering = Double(sampled) * Double(lists) * comparison * 10
        let assigning = Double(rows) * (Double(lists) * comparison + 2e-6) / (1 + 0.6 * Double(workers))
        return Prediction(memoryBytes: memory, diskBytes: pages * pageBytes, seconds: clustering + assigning)
    }

    /// The binary logarithm, to the precision that a rough time needs, without a mathematics library.
    private static func logarithm(_ value: Double) -> Double { Double(value.exponent) + value.significand - 1 }
}
