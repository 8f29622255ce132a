/// What a build may take of the server.
public struct BuildLimits: Sendable, Equatable {
    /// The most that `maintenance_work_mem` is set to for a build, in bytes.
    public var memoryBytes: Int64
    /// Parallel workers that a build may ask for, beside its own process.
    public var parallelWorkers: Int

    /// 1 GB and 2 workers, unless said otherwise.
    public init(memoryBytes: Int64 = 1 << 30, parallelWorkers: Int = 2) {
        self.memoryBytes = memoryBytes
        self.parallelWorkers = parallelWorkers
    }
}
