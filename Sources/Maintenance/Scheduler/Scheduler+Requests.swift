public import Advisor
public import Postgres

extension Scheduler {
    /// What happens to jobs that somebody waits for.
    public enum WaitEvent: Sendable {
        /// Another program does the work in this database, and carries them out.
        case isLeftToAnother
        /// A session that can be no vecsteward keeps every program from the work.
        case isKeptOut(by: LockHolder)
        /// This program does the work.
        case isCarriedOut
        /// A job waits for its turn while another one is at work.
        case waitsBehind(JobRecord, JobRecord)
        /// A job is begun, or gone on with.
        case begins(JobRecord)
        /// Something worth knowing happens while a job is carried out.
        case news(JobRecord, JobEvent)
        /// A job has failed, and is tried again at a later time.
        case waits(QueueEntry)
        /// A job of this program came to an end, for now or for good.
        case ended(JobRecord, JobEnd)
    }

    /// How often to see how far a job of another program is, and whether that program is still there.
    private static let glance = Duration.milliseconds(500)
    private static let leaderTry = Duration.seconds(2)

    /// Sees to it that jobs come to an end: watches where another program does the work, and does it where none does.
    ///
    /// What a program that is gone has begun on the same tables is finished first. When the task is cancelled, what runs
    /// is left to the server.
    ///
    /// - Parameters:
    ///   - jobs: The numbers of the jobs, in the order in which they are to be done.
    ///   - onEvent: Takes what happens, as it happens.
    /// - Returns: The jobs as they are at the end. One that is not final waits for another try.
    /// - Throws: When the server cannot be reached, nobody can act there, or the task is cancelled.
    public func waitFor(
        jobs: [Int64],
        onEvent: @escaping @Sendable (WaitEvent) -> Void
    ) async throws(PostgresError) -> [QueueEntry] {
        var leaderSession = try await LeaderSession.begin(settings)
        var watcher = RemoteJobWatcher(settings.connections, settings.kinds)
        var refusal: PostgresError?
        var isTold = false
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
                if !isTold { onEvent(.isLeftToAnother) }
                isTold = true
                let end = ContinuousClock.now + Self.leaderTry
                while ContinuousClock.now < end {
                    let entries = try await watcher.poll(jobs, onEvent)
                    if entries.allSatisfy(\.record.state.isFinal) { return entries }
                    try await pause(Self.glance)
                }
            case .isKeptOut(let holder):
                onEvent(.isKeptOut(by: holder))
                return try await watcher.entries(of: jobs)
            case .isReadOnly(let isStandby):
                throw PostgresError(
                    .connectionFailed,
                    isStandby ? "the server is a standby now" : "transactions are read-only here now",
                    hint: "The job stays in the queue: vecsteward run --once carries it out when the server does."
                )
            case .isRefused, .observes:
                throw refusal
                    ?? PostgresError(
                        .unsupported,
                        "nothing may be done in this database",
                        hint: "Say \"mode\": \"maintain\" in the configuration."
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
            other.id != id && other.state != .queued && other.state != .waiting
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

/// From where jobs are looked at which others carry out.
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

    /// The jobs that are still there: a job that is done may be forgotten after its time.
    func entries(of jobs: [Int64]) async throws(PostgresError) -> [QueueEntry] {
        try await connections.use { (connection) async throws(PostgresError) in
            var entries: [QueueEntry] = []
            for id in jobs {
                if let entry = try await JobQueue.job(id: id, kinds: kinds, on: &connection) { entries.append(entry) }
            }
            return entries
        }
    }

    private mutating func tellWhoIsBefore(
        _ record: JobRecord,
        besides own: [Int64],
        _ onEvent: (Scheduler.WaitEvent) -> Void
    ) async throws(PostgresError) {
        guard !delayed.contains(record.id) else { return }
        let others = try await unfinished().filter { other in
            !own.contains(other.id) && other.state != .queued && other.state != .waiting
        }
        guard let other = others.first else { return }
        delayed.insert(record.id)
        onEvent(.waitsBehind(record, other))
    }

    /// Looks once.
    ///
    /// - Returns: The jobs as they are.
    mutating func poll(_ jobs: [Int64], _ onEvent: (Scheduler.WaitEvent) -> Void) async throws(PostgresError)
        -> [QueueEntry]
    {
        let entries = try await entries(of: jobs)
        for entry in entries {
            switch entry.record.state {
            case .queued: try await tellWhoIsBefore(entry.record, besides: jobs, onEvent)
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
                // How far it is can be seen the next time; whether it is done was seen just now.
                guard connection.isUsable, error.code != .cancelled else { throw error }
                return nil
            }
        }
        guard let results else { return entries }
        for activitySample in try JobActivityReader.activitySamples(of: running, in: results) {
            for news in logs[activitySample.job.id, default: ActivityTracker()].take(activitySample) {
                onEvent(.news(activitySample.job, news))
            }
        }
        return entries
    }
}
