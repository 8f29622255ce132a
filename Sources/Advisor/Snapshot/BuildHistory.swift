/// A build that the database has a record of, to compare predictions with.
public struct PastBuild: Sendable, Equatable {
    /// The table and its column.
    public var place: CollectionName
    /// Method and storage parameters.
    public var parameters: IndexDefinition.Parameters
    /// The contents of the index.
    public var shape: BuildShape
    /// How long the build statement ran, in seconds, without its waits for other sessions.
    public var seconds: Double
    /// The number of parallel workers.
    public var workers: Int
    /// The memory of the build, in bytes.
    public var memoryBytes: Int64
    /// The size of the finished index, in bytes.
    public var sizeBytes: Int64?

    /// Creates a record of a build.
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

/// The builds of a database, which show how much slower or faster than the formula its server and its vectors are.
public struct BuildHistory: Sendable, Equatable {
    /// The latest builds.
    public var builds: [PastBuild]

    /// Creates a history.
    public init(_ builds: [PastBuild] = []) { self.builds = builds }
}
