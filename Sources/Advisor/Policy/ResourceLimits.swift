/// What a build may take of the server.
public struct ResourceLimits: Sendable, Equatable {
    /// The most that `maintenance_work_mem` is set to for a build, in bytes.
    public var memoryBytes: Int64
    /// Parallel workers that a build may ask for, beside its own process.
    public var parallelWorkers: Int
    /// Whether a larger `maintenance_work_mem` of the server raises ``memoryBytes``: where nobody has set a limit.
    public var isRaisedByServer: Bool

    /// Puts the limits together: 1 GB (or what the server gives anybody, where that is more) and 2 workers, unless said
    /// otherwise.
    public init(memoryBytes: Int64? = nil, parallelWorkers: Int = 2) {
        self.memoryBytes = memoryBytes ?? 1 << 30
        self.parallelWorkers = parallelWorkers
        isRaisedByServer = memoryBytes == nil
    }

    /// The limits on one server: the one budget that the choice of a method, the obstacles and the session go by.
    ///
    /// `maintenance_work_mem` is counted in kB, so what is left of one is of no use.
    ///
    /// - Parameter server: The server.
    /// - Returns: The limits there.
    public func on(_ server: ServerFacts) -> ResourceLimits {
        var limits = self
        if isRaisedByServer { limits.memoryBytes = max(memoryBytes, server.maintenanceWorkMemoryBytes) }
        limits.memoryBytes = limits.memoryBytes / 1_024 * 1_024
        limits.parallelWorkers = min(parallelWorkers, server.maxParallelWorkers)
        if let processors = server.hostProcessors {
            limits.parallelWorkers = min(limits.parallelWorkers, max(0, processors - 1))
        }
        // PostgreSQL gives no worker to a session that has less than 32 MB for each of two processes.
        if limits.memoryBytes < 64 << 20 { limits.parallelWorkers = 0 }
        return limits
    }

    /// The workers that a build by this method gets, of limits that hold on a server.
    ///
    /// The leader builds too. HNSW gets as many as it asks for; IVFFlat leaves a processor to writers where the server's
    /// are known, and gets no more than have 32 MB each.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - server: The server that the limits are on.
    /// - Returns: The number of workers.
    func workers(for method: IndexMethod, on server: ServerFacts) -> Int {
        guard method == .ivfflat else { return parallelWorkers }
        let most = server.hostProcessors.map { max(0, $0 - 2) } ?? parallelWorkers
        let fed = max(0, Int(clamping: memoryBytes / (32 << 20)) - 1)
        return min(parallelWorkers, most, fed)
    }
}
