public import Advisor
public import Postgres

extension Scheduler {
    /// What happens to jobs that a command waits for.
    public enum WaitEvent: Sendable {
        /// Another instance is the leader in this database and runs them.
        case isLeftToAnother
        /// A session that cannot be a vecsteward holds the leader lock, so no instance can run them.
        case isKeptOut(by: LockHolder)
        /// This program runs them.
        case isCarriedOut
        /// The first job waits while the second one is running.
        case waitsBehind(JobRecord, JobRecord)
        /// A job starts or is resumed.
        case begins(JobRecord)
        /// Something happens to a running job.
        case news(JobRecord, JobEvent)
        /// A job has failed and is retried later.
        case waits(QueueEntry)
        /// A job of this program has ended, for now or for good.
        case ended(JobRecord, JobEnd)
    }

    /// How often to read the progress of another instance's job, and whether that instance is still there.
    private static let watchInterval = Duration.milliseconds(500)
    private static let leaderTry = Duration.seconds(2)

    /// Waits for jobs to finish: watches them if there is a leader, and otherwise runs them here.
    ///
    /// Jobs on the same tables that a vanished instance started are finished first, except background jobs, which a daemon
    /// resumes. When the task is cancelled, running statements are left to the server.
    ///
    /// - Parameters:
    ///   - jobs: The numbers of the jobs, in the order in which they are to run.
    ///   - onEvent: Receives events as they happen.
    /// - Returns: The jobs in their last state. One that is not final waits for another try.
    /// - Throws: When the server is unreachable, no instance can run jobs there, or the task is cancelled.
    public func waitFor(
        jobs: [Int64],
        onEvent: @escaping @Sendable (WaitEvent) -> Void
    ) async throws(PostgresError) -> [QueueEntry] {
        var leaderSession = try await LeaderSession.begin(settings)
        var watcher = RemoteJobWatcher(settings.connections, settings.kinds)
        var refusal: PostgresError?
        var isReported = false
        while true {
            let leadership = try await leaderSession.updateLeadership { event in
                if case .cannotAct(let error) = event { refusal = error }
            }
            switch leadership {
            case .leads:
                onEvent(.isCarriedOut)
                for id in jobs { try await carryOut(id, in: &leaderSession, &watcher, onEvent) }
                return try await watcher.entries(of: jobs)
            case .isLeftToAnother:
                if !isReported { onEvent(.isLeftToAnother) }
                isReported = true
                let end = ContinuousClock.now + Self.leaderTry
                while ContinuousClock.now < end {
                    let entries = try await watcher.poll(jobs, onEvent)
                    if entries.allSatisfy(\.record.state.isFinal) { return entries }
                    try await pause(Self.watchInterval)
                }
            case .isKeptOut(let holder):
                onEvent(.isKeptOut(by: holder))
                return try await watcher.entries(of: jobs)
            case .isReadOnly(let isStandby):
                throw PostgresError(
                    .connectionFailed,
                    isStandby ? "the server has become a standby" : "transactions have become read-only here",
                    hint: "The job stays in the queue: vecsteward run --once runs it once the server accepts writes."
                )
            case .isRefused, .observes:
                throw refusal
                    ?? PostgresError(
                        .unsupported,
                        "the configuration allows no jobs in this database",
                        hint: "Set \"mode\": \"maintain\" in the configuration."
                    )
            }
        }
    }

    private func carryOut(
        _ id: Int64,
        in leaderSession: inout LeaderSession,
        _ watcher: inout RemoteJobWatcher,
        _ onEvent: @escaping @Sendable (WaitEvent) -> Void
    ) async throws(PostgresError) {
        let unfinished = try await watcher.unfinished()
        guard let record = unfinished.first(where: { $0.id == id }) else { return }
        let table = record.job.targets.first.map(RelationName.init)
        let begun = unfinished.filter { other in
            other.id != id && other.state.isBegun && other.job.lane != .background
                && other.job.targets.first.map(RelationName.init) == table
        }
        for record in begun + [record] {
            onEvent(.begins(record))
            let end = try await run(record, in: &leaderSession) { onEvent(.news(record, $0)) }
            onEvent(.ended(record, end))
        }
    }

    private func pause(_ duration: Duration) async throws(PostgresError) {
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw PostgresError(.cancelled, "stopped")
        }
    }
}

/// Watches jobs that another instance runs.
private struct RemoteJobWatcher {
    private let connections: ConnectionPool
    private let kinds: JobKinds
    private var logs: [Int64: ActivityTracker] = [:]
    private var begun: Set<Int64> = []
    private var tries: [Int64: Int] = [:]
    private var delayed: Set<Int64> = []

    init(_ connections: ConnectionPool, _ kinds: JobKinds) {
        self.connections = connections
        self.kinds = kinds
    }

    func unfinished() async throws(PostgresError) -> [JobRecord] {
        try await connections.use { (connection) async throws(PostgresError) in
            try await JobQueue.unfinished(includingPostponed: true, kinds: kinds, on: &connection)
        }
    }

    /// The jobs that still exist: finished jobs are deleted after their retention time.
    func entries(of jobs: [Int64]) async throws(PostgresError) -> [QueueEntry] {
        try await connections.use { (connection) async throws(PostgresError) in
            var entries: [QueueEntry] = []
            for id in jobs {
                if let entry = try await JobQueue.job(id: id, kinds: kinds, on: &connection) { entries.append(entry) }
            }
            return entries
        }
    }

    private mutating func reportJobAhead(
        _ record: JobRecord,
        besides own: [Int64],
        _ onEvent: (Scheduler.WaitEvent) -> Void
    ) async throws(PostgresError) {
        guard !delayed.contains(record.id) else { return }
        let others = try await unfinished().filter { other in
            !own.contains(other.id) && other.state.isBegun && other.job.lane != .background
        }
        guard let other = others.first else { return }
        delayed.insert(record.id)
        onEvent(.waitsBehind(record, other))
    }

    /// Reads the jobs once, and reports changes.
    ///
    /// - Returns: The jobs in their current state.
    mutating func poll(_ jobs: [Int64], _ onEvent: (Scheduler.WaitEvent) -> Void) async throws(PostgresError)
        -> [QueueEntry]
    {
        let entries = try await entries(of: jobs)
        for entry in entries {
            switch entry.record.state {
            case .queued: try await reportJobAhead(entry.record, besides: jobs, onEvent)
            case .done, .failed, .cancelled: break
            case .waiting:
                begun.remove(entry.record.id)
                if tries.updateValue(entry.record.attempts, forKey: entry.record.id) != entry.record.attempts {
                    onEvent(.waits(entry))
                }
            case .running, .proving, .swapping, .cleaning:
                if begun.insert(entry.record.id).inserted { onEvent(.begins(entry.record)) }
            }
        }
        let running = entries.map(\.record).filter { begun.contains($0.id) && !$0.state.isFinal }
        guard !running.isEmpty else { return entries }
        let results = try await connections.use { (connection) async throws(PostgresError) -> [Rows]? in
            do throws(PostgresError) {
                return try await connection.read(
                    JobActivityReader.statements(running),
                    in: ReadOnlyTransaction.momentary
                )
            } catch {
                // The progress can be read the next time; whether the job is done was read just now.
                guard connection.isUsable, error.code != .cancelled else { throw error }
                return nil
            }
        }
        guard let results else { return entries }
        for activitySample in try JobActivityReader.activitySamples(of: running, in: results) {
            for news in logs[activitySample.job.id, default: ActivityTracker()].record(activitySample) {
                onEvent(.news(activitySample.job, news))
            }
        }
        return entries
    }
}
