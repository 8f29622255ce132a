extension Prediction {
    /// Predicts an IVFFlat build.
    ///
    /// Memory: `2 L I + S I + 4 L d + 4 S' L + 4 L^2 + 8 S' + 12 L` bytes and the heads of three arrays, with L lists, I the
    /// stored value, `S = max(50 L, 10000)` samples and S' the rows actually sampled; pgvector refuses to build with less
    /// (verified against its message). Size: `1 + ceil(L / k) + rows / k + L / 2` pages of k values; measured within 0.5 %.
    ///
    /// - Parameters:
    ///   - rows: The rows to index.
    ///   - type: The indexed type.
    ///   - dimensions: The indexed dimensions.
    ///   - lists: The number of lists.
    ///   - workers: The parallel workers beside the leader; k-means runs in one process anyway.
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
        memory += 4 * lists64 * lists64 + 8 * sampled + 12 * lists64 + 96

        let onPage = max(1, Int64(usablePageBytes / (aligned(8 + value) + 4)))
        // The rows of a list leave half of its last page free; even an empty list has a page.
        let pages = 1 + (lists64 + onPage - 1) / onPage + rows / onPage + lists64 / 2
        let parts = ivfflatParts(
            BuildShape(type: type, dimensions: dimensions, rows: rows),
            valueBytes: value,
            lists: lists,
            workers: workers
        )
        return Prediction(memoryBytes: memory, diskBytes: pages * pageBytes, seconds: parts.total)
    }

    /// The memory that an IVFFlat build needs, in bytes: pgvector compares whole kB.
    static func sufficientBytes(forTraining bytes: Int64) -> Int64 { (bytes + 1_023) / 1_024 * 1_024 }

    /// The times of the parts of an IVFFlat build, in seconds.
    ///
    /// Fitted to 41 builds of 5,000 to 1,000,000 rows with 64 to 1,536 dimensions and 30 to 999 lists, on an idle
    /// machine with two processors. K-means ends early on vectors with clusters, which no catalog shows.
    static func ivfflatParts(_ shape: BuildShape, valueBytes: Int, lists: Int, workers: Int) -> BuildParts {
        let sampled = min(max(Double(lists) * Double(Lists.trainingRows), 10_000), Double(shape.rows))
        // A halfvec is converted element by element; bits are counted by the word.
        let effort = shape.type == .halfvec ? 1.7 : 1.0
        let comparison =
            shape.type == .bit
            ? 60e-9 : (21.1 + 0.0695 * Double(shape.dimensions)) * 1e-9 * effort
        var parts = BuildParts()
        parts.rows = shape.rows
        parts.training = 0.01 + sampled * Double(lists) * comparison * 5
        let read = 1.6e-6 + 3.0e-9 * Double(valueBytes)
        parts.assigning = Double(shape.rows) * (Double(lists) * comparison + read) / speedup(workers: workers)
        parts.loading = Double(shape.rows) * (1.0e-6 + 2.6e-9 * Double(valueBytes))
        parts.validation = 0.02 + Double(shape.rows) * 0.65e-6
        return parts
    }

    /// The binary logarithm, precise enough for a rough time, without a mathematics library.
    static func logarithm(_ value: Double) -> Double { Double(value.exponent) + value.significand - 1 }
}
