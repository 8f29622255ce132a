/// Where the vectors come from that a measurement of recall searches for.
public enum QuerySource: String, Sendable, CaseIterable {
    /// Vectors of the table, each without itself. They flatter an index: they lie where its rows lie.
    case stored
    /// Vectors from a file.
    case file
    /// What the statement of the configuration returns (``ConfiguredQueries``).
    case configuration
    /// Vectors of real searches in the texts of statements that the server shows.
    case server

    /// The number that stands for it among the figures of evidence.
    public var number: Double {
        switch self {
        case .stored: 0
        case .file: 1
        case .configuration: 2
        case .server: 3
        }
    }

    /// The source that a number stands for; stored vectors where there is none, and `nil` for an unknown number.
    init?(number: Double?) {
        guard let source = Self.allCases.first(where: { $0.number == number ?? 0 }) else { return nil }
        self = source
    }

    /// What was searched for, behind `searches for`.
    public var words: String {
        switch self {
        case .stored: "stored vectors"
        case .file: "the vectors of a file"
        case .configuration: "the query vectors of the configuration"
        case .server: "query vectors that the server has kept"
        }
    }
}

extension Collection {
    /// Whether searches through an index compare the column itself, or its cast between `vector` and `halfvec`, with vectors of
    /// the column's type: then vectors of real searches can be searched for.
    public func takesQueryVectors(_ index: VectorIndex) -> Bool {
        switch type {
        case .vector, .halfvec:
            guard index.expression != nil else { return true }
            guard case .cast(let type, _) = index.searchedExpression else { return false }
            return [.vector, .halfvec].contains(type)
        case .sparsevec: return index.expression == nil
        case .bit: return false
        }
    }
}
