public import Advisor

/// What one pass over a table takes, estimated before it begins.
public struct PassCost: Sendable, Hashable {
    /// The rows to read.
    public var rows: Int64
    /// The bytes of their vectors.
    public var bytes: Int64
    /// How long it may take, in seconds.
    public var seconds: Double

    /// The speed of COPY in binary format and of comparing, for one processor, with a reserve of about two: 350 MB and 3,000
    /// million pairs of numbers a second were measured on one of 2.5 GHz (`docs/decisions/0026-copy-has-the-truth.md`).
    private static let (bytesPerSecond, pairsPerSecond) = (175e6, 1_500e6)

    /// Estimates a pass.
    ///
    /// - Parameters:
    ///   - rows: The rows with a vector.
    ///   - type: The type of the column.
    ///   - dimensions: The dimensions of the vectors.
    ///   - queries: The vectors to compare each with.
    ///   - processors: The processors that compare.
    ///   - share: The share of the time in which the server works.
    public init(rows: Int64, type: VectorType, dimensions: Int, queries: Int, processors: Int, share: Double = 1) {
        self.rows = rows
        // Of sparse vectors 100 numbers are assumed.
        let width = type.valueBytes(dimensions: dimensions) ?? 816
        bytes = rows * Int64(width)
        let numbers = Double(width) / (type == .halfvec ? 2 : 4)
        let pairs = Double(rows) * numbers * Double(queries)
        let working = Double(bytes) / Self.bytesPerSecond + pairs / Self.pairsPerSecond / Double(max(1, processors))
        seconds = working / share
    }
}
