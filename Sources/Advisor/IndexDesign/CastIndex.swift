/// An index on a cast of a column that cannot be indexed as it is declared.
public struct CastIndex: Sendable, Equatable {
    /// The type that the column is cast to.
    public var type: VectorType
    /// The dimensions of the cast, `nil` where only the rows can tell.
    public var dimensions: Int?
    /// Whether the vectors are quantized to bits first.
    public var isQuantized = false
    /// Whether rows can have other dimensions: the index is then limited to those of the right ones, or it would refuse
    /// the others.
    public var isForSomeDimensions = false
    /// The method.
    public var method: IndexMethod
    /// What it measures.
    public var distanceMetric: DistanceMetric
    /// The schema of pgvector.
    public var extensionSchema: String
}
