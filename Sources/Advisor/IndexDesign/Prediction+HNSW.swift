extension Prediction {
    /// Predicts an HNSW build.
    ///
    /// Memory: `176 + 32 m + V + (16 m + 24) / (m - 1)` bytes for each row, V being the stored value, from the struct
    /// sizes in pgvector's `hnsw.h`; measured within 0.4 %. Size: `e = MAXALIGN(72 + V)` for the element and
    /// `n = MAXALIGN(4 + 12 m)` for its neighbours, `6 m` more for each upper level; measured within 3 %, and within a tenth
    /// where equal values share an element.
    ///
    /// - Parameters:
    ///   - rows: The rows to index.
    ///   - type: The indexed type.
    ///   - dimensions: The indexed dimensions.
    ///   - m: The connections per node.
    ///   - efConstruction: The candidates per row.
    ///   - workers: The parallel workers beside the leader.
    ///   - memoryLimit: The most memory, in bytes; rows beyond it take longer.
    ///   - elements: The elements that equal rows share, if the statistics show them; otherwise one per row.
    /// - Returns: `nil` for sparsevec, whose values have no fixed size.
    public static func hnsw(
        rows: Int64,
        type: VectorType,
        dimensions: Int,
        m: Int,
        efConstruction: Int,
        workers: Int,
        memoryLimit: Int64,
        elements: Int64? = nil
    ) -> Prediction? {
        guard let value = type.valueBytes(dimensions: dimensions), m > 1 else { return nil }
        let graph = Graph(
            rows: rows,
            elements: min(elements ?? rows, rows),
            valueBytes: value,
            m: m,
            efConstruction: efConstruction
        )
        return Prediction(
            memoryBytes: graph.memoryBytes,
            diskBytes: graph.diskBytes,
            seconds: graph.parts(workers: workers, memoryLimit: memoryLimit).total
        )
    }

    /// The memory that an HNSW build needs, in bytes, so that a graph of this size fits for certain.
    ///
    /// pgvector counts whole blocks of 1 MB, and reserves 4 MB of the memory that parallel workers share; graphs of the
    /// same size differ by half a per cent, because the levels of their elements are random.
    static func sufficientBytes(forGraph bytes: Int64, workers: Int) -> Int64 {
        let needed = bytes + bytes / 100 + (workers > 0 ? 5 : 2) << 20
        return (needed + 1_023) / 1_024 * 1_024
    }
}

/// The graph of an HNSW index.
struct Graph {
    var rows: Int64
    /// Elements; up to ten equal rows share one.
    var elements: Int64
    /// The size of a stored value in bytes.
    var valueBytes: Int
    var m: Int
    var efConstruction: Int

    /// Of all rows: pgvector makes an element of each before it finds an equal one, and does not free it then.
    var memoryBytes: Int64 {
        let upperLevels = Double(16 * m + 24) / Double(m - 1)
        return Int64(Double(rows) * (Double(176 + 32 * m + valueBytes) + upperLevels))
    }

    var diskBytes: Int64 {
        let usable = Prediction.usablePageBytes
        let element = aligned(72 + valueBytes)
        let neighbors = aligned(4 + 12 * m)
        guard element + neighbors + 4 <= usable - 4 else { return (1 + 2 * elements) * Prediction.pageBytes }
        let tuple = Double(element + neighbors + 8) + Double(6 * m) / Double(m - 1)
        return (1 + elements / max(1, Int64(Double(usable) / tuple))) * Prediction.pageBytes
    }

    /// The times of its parts, in seconds.
    ///
    /// Fitted to 42 builds of 5,000 to 300,000 rows with 64 to 1,536 dimensions, m from 8 to 100 and ef_construction
    /// from 64 to 200, on an idle machine with two processors. Half of a time depends on the structure of the vectors,
    /// which no catalog shows: vectors without any take up to 4 times as long as those with clusters, and the formula
    /// is between. A row that no longer fits in the memory takes 3 times as long (measured: 2.2 to 6).
    func parts(workers: Int, memoryLimit: Int64) -> BuildParts {
        let width = 1 + 0.4 * Double(valueBytes) / 1_000
        // Steeper above m = 16: 2.6 times from there to 32, 10 times to 100; 1.8 times from 8 to 16.
        let links = Double(m) / 16
        let linking = links > 1 ? links * BuildHistory.power(links, 0.1) : BuildHistory.power(links, 0.9)
        let effort = linking * (Double(efConstruction) / 64).squareRoot()
        let depth = 1 + 0.12 * (Prediction.logarithm(Double(max(elements, 1_000))) - Prediction.logarithm(20_000)) / 2
        var parts = BuildParts()
        parts.rows = rows
        parts.steadiness = min(0.95, 0.65 + 0.05 * Double(valueBytes) / 1_000)
        // A row that equals another one is searched for like the others, but changes nothing.
        let work = 0.35 * Double(rows) + 0.65 * Double(elements)
        let seconds = work * 0.000_231 * width * effort * max(depth, 0.5) / Prediction.speedup(workers: workers)
        if memoryBytes > memoryLimit {
            let reserve: Int64 = workers > 0 ? 4 << 20 : 1 << 20
            parts.fittingShare = Double(max(memoryLimit - reserve, 0)) / Double(max(memoryBytes, 1))
        }
        parts.loading = seconds * (parts.fittingShare + (1 - parts.fittingShare) * Self.slowness)
        parts.writing = 0.02 + Double(diskBytes) * 1.2e-9
        parts.validation = 0.02 + Double(rows) * 0.7e-6
        return parts
    }

    /// The factor for the time of a row that no longer fits in the memory.
    static let slowness = 3.0
}
