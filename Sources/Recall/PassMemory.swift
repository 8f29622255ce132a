public import Advisor

/// The memory of a pass over a table, which bounds how many vectors it searches for and how many tasks compare.
///
/// With what ``KeptRows``, ``SmallerForms`` and ``ListsForecast`` take at most, the program stays below 150 MB whatever the
/// table has, and whatever is asked for.
public struct PassMemory: Sendable, Hashable {
    /// The bytes that one vector to search for takes.
    public var bytesPerQuery: Int

    /// What all vectors to search for may take, with what is found for them.
    private static let queryBytes = 20 << 20
    /// What the tasks may take that compare, beside what they share.
    private static let taskBytes = 12 << 20
    /// What an array takes beside its elements.
    static let bytesOfArray = 48
    /// The numbers of a sparse vector that HNSW indexes, at most.
    private static let mostSparseNumbers = 1_000

    /// Reckons with vectors of a type.
    ///
    /// - Parameters:
    ///   - type: The type.
    ///   - dimensions: Their dimensions.
    ///   - k: How many nearest rows count.
    ///   - attempts: At how many values of a setting the searches run, one of them included.
    public init(type: VectorType, dimensions: Int, k: Int, attempts: Int = 1) {
        let number = MemoryLayout<Float>.stride
        let vector =
            switch type {
            // As it is, and as it is compared.
            case .vector, .halfvec: dimensions * number + DenseKernel.stride(dimensions) * number
            case .bit: dimensions / 8
            case .sparsevec: min(dimensions, Self.mostSparseNumbers) * 2 * number
            }
        bytesPerQuery = vector + (attempts + 1) * (k + 1) * number + (attempts + 3) * Self.bytesOfArray
    }

    /// The most vectors to search for; at least one.
    public var mostQueries: Int { max(1, Self.queryBytes / bytesPerQuery) }

    /// The tasks that compare: as many as there are processors for them, unless each would take too much memory.
    ///
    /// - Parameters:
    ///   - search: What each of them has a copy of.
    ///   - batch: The bytes of the rows that one is given at a time.
    ///   - processors: The processors for them.
    /// - Returns: The number of tasks, at least one.
    public static func tasks(of search: GroupedSearch, batch: Int, processors: Int) -> Int {
        max(1, min(processors, taskBytes / (search.bytesOfCopy + batch)))
    }
}
