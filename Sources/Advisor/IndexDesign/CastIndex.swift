/// An index on a cast of a column, for a column that cannot be indexed as it is declared or for searches that write the
/// cast.
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

extension CastIndex {
    /// The rows that the index rejects although the column accepts them, as a phrase.
    var rejectedRows: String? {
        if type == .sparsevec, method == .hnsw, dimensions ?? .max > 1_000 {
            return "rows with more than 1,000 non-zero elements"
        }
        if isQuantized || isForSomeDimensions { return nil }
        return type == .halfvec ? "rows with an element beyond 65,504 or -65,504" : nil
    }
}

extension Collection {
    /// An index on what searches compare, if it is a cast or the bits of the column.
    ///
    /// - Parameters:
    ///   - searched: What the searches compare.
    ///   - distanceMetric: The distance metric of the searches.
    ///   - pgvector: The installed pgvector.
    /// - Returns: The index, with the dimensions of the column if the cast has none; `nil` if pgvector can have none, or if
    ///   the expression is another one.
    func index(
        on searched: SearchedExpression,
        for distanceMetric: DistanceMetric,
        _ pgvector: PgVector
    ) -> CastIndex? {
        guard declaredType == nil else { return nil }
        var index: CastIndex?
        switch searched {
        case .column: return nil
        case .cast(let type, let written):
            guard let dimensions = written ?? dimensions else { return nil }
            index = IndexChoice.cast(to: type, dimensions, distanceMetric, pgvector)
        case .other(let expression):
            guard let dimensions, expression == "binary_quantize(\(name.column))::bit(\(dimensions))" else {
                return nil
            }
            index = IndexChoice.cast(to: .bit, dimensions, distanceMetric, pgvector)
            index?.isQuantized = true
        }
        index?.isForSomeDimensions = dimensions == nil
        return index
    }
}
