/// The resources that a build, or a measurement, may use.
public struct ResourceLimits: Sendable, Equatable {
    /// The most memory for a build, in bytes; it limits `maintenance_work_mem`.
    public var memoryBytes: Int64
    /// The parallel workers that a build may request, beside its own process.
    public var parallelWorkers: Int
    /// The share of the processors' time that measuring the recall of an index may take, from more than 0 to 1: of this host's
    /// processors, and of the time in which the server reads the table.
    public var measuringShare = 1.0
    /// Whether a larger `maintenance_work_mem` of the server raises ``memoryBytes``: if nobody has set a limit.
    public var isRaisedByServer: Bool

    /// Creates limits; the default is 1 GB (or the server's `maintenance_work_mem`, if that is more) and 2 workers.
    public init(memoryBytes: Int64? = nil, parallelWorkers: Int = 2) {
        self.memoryBytes = memoryBytes ?? 1 << 30
        self.parallelWorkers = parallelWorkers
        isRaisedByServer = memoryBytes == nil
    }

    /// The limits on one server: the budget for the choice of a method, the blockers and the session.
    ///
    /// `maintenance_work_mem` is set in kB, so a fraction of one is of no use.
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

    /// The workers that a build by this method gets, under the limits on a server.
    ///
    /// The leader also builds. HNSW gets as many workers as it requests; IVFFlat leaves a processor to writers if the
    /// number of processors is known, and gets only workers that have 32 MB each.
    ///
    /// - Parameters:
    ///   - method: The method.
    ///   - server: The server of the limits.
    /// - Returns: The number of workers.
    func workers(for method: IndexMethod, on server: ServerFacts) -> Int {
        guard method == .ivfflat else { return parallelWorkers }
        let most = server.hostProcessors.map { max(0, $0 - 2) } ?? parallelWorkers
        let fed = max(0, Int(clamping: memoryBytes / (32 << 20)) - 1)
        return min(parallelWorkers, most, fed)
    }
}
