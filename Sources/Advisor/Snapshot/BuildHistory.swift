/// One build that the database has a record of, with what a prediction can be compared with.
public struct PastBuild: Sendable, Equatable {
    /// The table and its column.
    public var place: CollectionName
    /// Method and storage parameters.
    public var parameters: IndexDefinition.Parameters
    /// What was put into the index.
    public var shape: BuildShape
    /// How long the statement that built took, in seconds, without what it waited for others.
    public var seconds: Double
    /// The parallel workers that it had.
    public var workers: Int
    /// The memory that it had, in bytes.
    public var memoryBytes: Int64
    /// The size of the finished index, in bytes.
    public var sizeBytes: Int64?

    /// Remembers a build.
    public init(
        place: CollectionName,
        parameters: IndexDefinition.Parameters,
        shape: BuildShape,
        seconds: Double,
        workers: Int,
        memoryBytes: Int64,
        sizeBytes: Int64? = nil
    ) {
        self.place = place
        self.parameters = parameters
        self.shape = shape
        self.seconds = seconds
        self.workers = workers
        self.memoryBytes = memoryBytes
        self.sizeBytes = sizeBytes
    }
}

/// What the builds of a database have shown: how much slower or faster than the formula its server is, and its vectors are.
public struct BuildHistory: Sendable, Equatable {
    /// The latest builds.
    public var builds: [PastBuild]

    /// Remembers builds.
    public init(_ builds: [PastBuild] = []) { self.builds = builds }
}
