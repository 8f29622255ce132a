/// A random sample of the vectors that a pass has read, with their numbers rounded to a hundred thousandth of the greatest.
public struct SampledVectors: Sendable {
    private let rows: RowSample.Rows
    private let dimensions: Int

    /// Takes what a pass has kept, which can be taken once; `nil` if it kept no sample of whole vectors.
    public init?(_ search: ExactSearch) {
        guard let kept = search.kept, !kept.isSpherical, kept.nearest == nil else { return nil }
        rows = kept.sample.take()
        dimensions = search.dimensions
    }

    /// How many there are.
    public var count: Int { rows.count }

    /// One of them.
    public subscript(number: Int) -> [Float] {
        Array(
            [Float](unsafeUninitializedCapacity: rows.stride) { values, count in
                count = rows.stride
                if let values = values.baseAddress { rows.read(number, into: values) }
            }.prefix(dimensions)
        )
    }
}
