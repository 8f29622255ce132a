/// What is put into an index, as far as the cost of a build depends on it.
public struct BuildShape: Sendable, Equatable {
    /// The type of the indexed values.
    public var type: VectorType
    /// Their dimensions.
    public var dimensions: Int
    /// Rows that the index is to hold.
    public var rows: Int64
    /// The elements that an HNSW graph makes of them, where the statistics tell that rows are equal; else one for each.
    public var elements: Int64?

    /// Describes what is put into an index.
    public init(type: VectorType, dimensions: Int, rows: Int64, elements: Int64? = nil) {
        self.type = type
        self.dimensions = dimensions
        self.rows = rows
        self.elements = elements
    }
}
