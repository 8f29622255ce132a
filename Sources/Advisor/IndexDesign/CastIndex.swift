/// An index on a cast of a column that cannot be indexed as it is declared.
public struct CastIndex: Sendable, Equatable {
    /// The type that the column is cast to.
    public var type: VectorType
    /// The dimensions of the cast; `nil` if only the rows show them.
    public var dimensions: Int?
    /// Whether the vectors are first quantized to bits.
    public var isQuantized = false
    /// Whether rows may have other dimensions: then the index is limited to rows with the right ones, because it would
    /// reject the others.
    public var isForSomeDimensions = false
    /// The method.
    public var method: IndexMethod
    /// The distance metric.
    public var distanceMetric: DistanceMetric
    /// The schema of pgvector.
    public var extensionSchema: String
}
