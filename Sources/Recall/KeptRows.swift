public import Advisor

/// What a pass keeps of the rows themselves, to say afterwards what another index would find: a sample of all rows, and for
/// IVFFlat the vectors of the nearest rows.
///
/// It takes at most about 70 MB, whatever the table. The searches that work on parts of the rows share it.
public final class KeptRows: Sendable {
    let sample: RowSample
    /// `nil` where only the sample is kept.
    let nearest: NearestVectors?
    /// Whether lists are made by direction alone, as for cosine distance and inner product.
    let isSpherical: Bool
    private let stride: Int

    private static let (sampleBytes, nearestBytes) = (48 << 20, 16 << 20)

    /// Keeps nothing yet; `nil` if IVFFlat has no lists for this type and distance that are known here.
    ///
    /// - Parameters:
    ///   - type: The type of the vectors.
    ///   - metric: The distance.
    ///   - dimensions: The dimensions of the vectors.
    ///   - queries: How many queries there are.
    ///   - neighbours: How many nearest rows to keep for each.
    public convenience init?(
        of type: VectorType,
        by metric: DistanceMetric,
        dimensions: Int,
        queries: Int,
        neighbours: Int
    ) {
        guard type == .vector || type == .halfvec,
            [.cosineDistance, .l2Distance, .maxInnerProduct].contains(metric), dimensions > 0, queries > 0
        else { return nil }
        self.init(
            isSpherical: metric != .l2Distance,
            stride: DenseKernel.stride(dimensions),
            queries: queries,
            neighbours: neighbours,
            sampleBytes: Self.sampleBytes
        )
    }

    /// Keeps a sample of so many rows at most, and no nearest rows; `nil` for vectors that are not dense.
    public init?(sampleOf type: VectorType, dimensions: Int, rows: Int) {
        guard type == .vector || type == .halfvec, dimensions > 0 else { return nil }
        isSpherical = false
        stride = DenseKernel.stride(dimensions)
        sample = RowSample(stride: stride, bytes: min(Self.sampleBytes, rows * stride * MemoryLayout<Int16>.stride))
        nearest = nil
    }

    /// Keeps a sample of so many bytes.
    init(isSpherical: Bool, stride: Int, queries: Int, neighbours: Int, sampleBytes: Int) {
        self.isSpherical = isSpherical
        self.stride = stride
        sample = RowSample(stride: stride, bytes: sampleBytes)
        nearest = NearestVectors(
            queries: queries,
            neighbours: neighbours,
            stride: stride,
            bytes: Self.nearestBytes
        )
    }

    /// Offers a row to the sample, with length 1 if only its direction counts.
    ///
    /// - Returns: The key below which rows are taken from now on; `nil` for a zero vector, which has no direction.
    func offer(_ row: UnsafePointer<Float>, key: UInt64) -> UInt64? {
        guard isSpherical else { return sample.offer(row, key: key) }
        let length = DenseKernel.productSum(row, row, stride: stride).squareRoot()
        guard length > 0, length.isFinite else { return nil }
        let direction = (0..<stride).map { row[$0] / length }
        return direction.withUnsafeBufferPointer { direction in
            direction.baseAddress.map { sample.offer($0, key: key) }
        }
    }
}
