/// The column types that pgvector can index.
public enum VectorType: String, Sendable, Hashable, CaseIterable {
    case vector
    case halfvec
    case bit
    case sparsevec

    /// The size of one stored value in bytes, aligned as PostgreSQL aligns it (MAXALIGN, 8 bytes).
    ///
    /// pgvector's value headers are 8 bytes. `nil` for `sparsevec`, whose size depends on its non-zero elements.
    ///
    /// - Parameter dimensions: The number of dimensions (bits for `bit`).
    /// - Returns: The size in bytes.
    public func valueBytes(dimensions: Int) -> Int? {
        switch self {
        case .vector: aligned(8 + 4 * dimensions)
        case .halfvec: aligned(8 + 2 * dimensions)
        case .bit: aligned(8 + (dimensions + 7) / 8)
        case .sparsevec: nil
        }
    }

    /// The most dimensions of an index of this method for this type; `nil` if the method has no operator class for the
    /// type.
    ///
    /// Source: pgvector's `hnsw.h` and `ivfflat.h`. A sparsevec is limited to 1,000 non-zero elements, not in its
    /// dimensions; the type allows a thousand million of those.
    public func dimensionLimit(for method: IndexMethod) -> Int? {
        switch (self, method) {
        case (.vector, .hnsw), (.vector, .ivfflat): 2_000
        case (.halfvec, .hnsw), (.halfvec, .ivfflat): 4_000
        case (.bit, .hnsw), (.bit, .ivfflat): 64_000
        case (.sparsevec, .hnsw): 1_000_000_000
        case (.sparsevec, .ivfflat), (_, .other): nil
        }
    }
}

/// Rounds a size in bytes up to PostgreSQL's MAXALIGN of 8.
func aligned(_ bytes: Int) -> Int { (bytes + 7) / 8 * 8 }
