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
    /// The times of the first phases of an IVFFlat build, if known.
    public var phases: BuildPhases?

    /// Creates a record of a build.
    public init(
        place: CollectionName,
        parameters: IndexDefinition.Parameters,
        shape: BuildShape,
        seconds: Double,
        workers: Int,
        memoryBytes: Int64,
        sizeBytes: Int64? = nil,
        phases: BuildPhases? = nil
    ) {
        self.place = place
        self.parameters = parameters
        self.shape = shape
        self.seconds = seconds
        self.workers = workers
        self.memoryBytes = memoryBytes
        self.sizeBytes = sizeBytes
        self.phases = phases
    }
}

/// The times of the first two phases of an IVFFlat build, in seconds; loading and validation follow.
public struct BuildPhases: Sendable, Equatable {
    /// K-means over a sample of the rows: how soon it ends depends on the vectors.
    public var training: Double
    /// The pass over the table that assigns each row to a list.
    public var assigning: Double

    /// Creates times.
    public init(training: Double, assigning: Double) {
        self.training = training
        self.assigning = assigning
    }
}

/// The builds of a database, which show how much slower or faster than the formula its server and its vectors are.
public struct BuildHistory: Sendable, Equatable {
    /// The latest builds.
    public var builds: [PastBuild]

    /// Creates a history.
    public init(_ builds: [PastBuild] = []) { self.builds = builds }
}
