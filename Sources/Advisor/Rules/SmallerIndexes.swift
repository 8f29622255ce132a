/// Indexes on the same vectors that are smaller, with their sizes.
///
/// A size is that of the index in the proportion of two predictions (``Prediction``), so that what the index has beyond its
/// own prediction counts in all of them.
struct SmallerIndexes {
    /// The index on the cast to halfvec, if pgvector can have it.
    let halves: CastIndex?
    /// What there is and what it costs, in sentences; `nil` if nothing is known to be smaller.
    let sentence: String?

    /// The fewest dimensions that are worth a word.
    private static let fewestDimensions = 32

    /// Finds the indexes that are smaller than one on the plain column; there are none for another.
    ///
    /// - Parameters:
    ///   - index: The index.
    ///   - relation: Its table.
    ///   - collection: The collection.
    ///   - totalBytes: The size of this index and those of the other partitions together.
    ///   - server: The server.
    init(
        than index: VectorIndex,
        on relation: Relation,
        of collection: Collection,
        totalBytes: Int64,
        _ server: ServerFacts
    ) {
        guard index.indexed == .column, let dimensions = collection.dimensions, let pgvector = server.pgvector,
            let distanceMetric = index.distanceMetric,
            let definition = IndexDefinition.rebuilding(index, on: nil, of: collection)
        else {
            (halves, sentence) = (nil, nil)
            return
        }
        // The few pages that every index has would blur the proportion of small ones.
        let rows = max(relation.vectorRows.value, 10_000)
        func bytes(_ type: VectorType, _ dimensions: Int) -> Int64? {
            let shape = BuildShape(type: type, dimensions: dimensions, rows: rows)
            return definition.prediction(of: shape, workers: 0, memoryLimit: .max)?.diskBytes
        }
        guard let own = bytes(collection.type, dimensions), own > 0 else {
            (halves, sentence) = (nil, nil)
            return
        }
        func scaled(_ bytes: Int64) -> Int64 {
            RowCount.whole(Double(totalBytes) * Double(bytes) / Double(own))
        }
        func words(_ bytes: Int64) -> String {
            let fit = MemoryFit.fits(bytes, server).map { $0 ? ", which fits shared_buffers" : "" } ?? ""
            return "about \(Numbers.size(bytes: bytes))\(fit)"
        }
        var sentences: [String] = []
        let half =
            collection.type == .vector
            ? collection.index(on: .cast(.halfvec, dimensions: dimensions), for: distanceMetric, pgvector) : nil
        if half != nil, let size = bytes(.halfvec, dimensions) {
            sentences.append(
                "On the cast to halfvec(\(dimensions)) it takes \(words(scaled(size))); it serves searches that write the same "
                    + "cast, and rejects rows with an element beyond 65,504 or -65,504, so that writing those fails."
            )
        }
        let quantized = SearchedExpression.other("binary_quantize(\(collection.name.column))::bit(\(dimensions))")
        if collection.type == .vector || collection.type == .halfvec,
            collection.index(on: quantized, for: .hammingDistance, pgvector) != nil,
            let size = bytes(.bit, dimensions)
        {
            sentences.append(
                "On the bits of binary_quantize it takes \(words(scaled(size))); searches find more rows than they need by <~>, and "
                    + "rank those again by the full vectors, which the table has."
            )
        }
        if collection.type != .bit, let buffers = server.sharedBuffersBytes, totalBytes > buffers {
            let most = Self.most(below: dimensions) { bytes(collection.type, $0).map(scaled) ?? .max <= buffers }
            if most >= Self.fewestDimensions {
                sentences.append(
                    "With \(Numbers.grouped(Int64(most))) dimensions or fewer, if the model gives such, it fits as it is."
                )
            }
        }
        halves = half
        sentence = sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    /// The greatest number below a limit for which a condition holds that holds for all smaller ones; 0 if there is none.
    private static func most(below limit: Int, _ holds: (Int) -> Bool) -> Int {
        var (low, high) = (0, limit)
        while high - low > 1 {
            let middle = (low + high) / 2
            if holds(middle) { low = middle } else { high = middle }
        }
        return low
    }
}
