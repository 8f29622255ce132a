/// The access method of a vector index.
public enum IndexMethod: Sendable, Hashable, CustomStringConvertible {
    case hnsw
    case ivfflat
    /// A method of another extension (`diskann`, `vchordrq`, ...): it serves queries, and vecsteward does not judge it.
    case other(String)

    /// The method with this name in `pg_am`.
    public init(name: String) {
        switch name {
        case "hnsw": self = .hnsw
        case "ivfflat": self = .ivfflat
        default: self = .other(name)
        }
    }

    /// The name in `pg_am`.
    public var description: String {
        switch self {
        case .hnsw: "hnsw"
        case .ivfflat: "ivfflat"
        case .other(let name): name
        }
    }
}
