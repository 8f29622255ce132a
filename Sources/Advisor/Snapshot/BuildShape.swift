/// The contents of an index, as far as the cost of a build depends on them.
public struct BuildShape: Sendable, Equatable {
    /// The type of the indexed values.
    public var type: VectorType
    /// Their dimensions.
    public var dimensions: Int
    /// The rows that the index will hold.
    public var rows: Int64
    /// The elements of an HNSW graph for these rows, if the statistics show equal rows; otherwise one per row.
    public var elements: Int64?

    /// Creates a shape.
    public init(type: VectorType, dimensions: Int, rows: Int64, elements: Int64? = nil) {
        self.type = type
        self.dimensions = dimensions
        self.rows = rows
        self.elements = elements
    }
}
