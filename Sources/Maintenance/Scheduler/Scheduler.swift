public import Advisor
public import Postgres
internal import Synchronization

/// Manages one database: polls, queues what the rules may do, and runs the queued jobs.
///
/// Of several instances that manage a database, only the leader runs jobs. If an instance dies, the next leader finds and
/// finishes its work.
public struct Scheduler: Sendable {
    let current: CurrentSettings
    let slots: JobSlots

    /// The settings of a scheduler.
    public struct Settings: Sendable {
        /// The database's name, unique among all that this program manages.
        public var name: String
        /// Polls and plans, over connections to the server itself or to a pooler in session mode.
        public var assessor: Assessor
        /// How often to poll.
        public var pollInterval = Duration.seconds(60)
        /// Whether to become the leader and run jobs; `false` in observe mode.
        public var mayAct = true
        /// The windows in which rules may start builds; at any time if there are none.
        public var windows: [MaintenanceWindow] = []
        /// How long finished jobs, old builds and resolved findings are kept, in days.
        public var historyDays = 30
        /// How often to repeat an unresolved finding; `nil` for never.
        public var alertInterval: Duration? = .seconds(86_400)
        /// Whether to cancel running builds when the program stops; by default the server finishes them.
        public var cancelsOnStop = false

        /// Settings with defaults for all else.
        public init(name: String, assessor: Assessor) {
            self.name = name
            self.assessor = assessor
        }

        var connections: ConnectionPool { assessor.connections }
        var kinds: JobKinds { assessor.kinds }
        var statementTimeout: Duration { assessor.transaction.statementTimeout }
    }

    /// A scheduler for one database; it connects when it starts.
    ///
    /// - Parameters:
    ///   - settings: The database, and how to manage it.
    ///   - slots: The limits on jobs for each server, shared by all schedulers of a program.
    public init(_ settings: Settings, slots: JobSlots) {
        current = CurrentSettings(settings)
        self.slots = slots
    }

    /// The current settings.
    var settings: Settings { current.value.settings }

    /// Replaces the settings for the same database, from the next turn on; running builds continue.
    ///
    /// - Parameter settings: The settings, with the same connection; another connection needs another scheduler.
    public func adopt(_ settings: Settings) { current.replace(with: settings) }

    /// Polls once, and runs all queued jobs.
    ///
    /// - Parameter onEvent: Receives events as they happen.
    /// - Returns: Whether nothing failed and nothing has to be retried; also false if this program may not run jobs, or a
    ///   session that cannot be a vecsteward keeps it out.
    /// - Throws: When the server is unreachable or refuses the state schema, or the task is cancelled.
    public func runQueuedJobs(onEvent: @escaping @Sendable (Event) -> Void) async throws(PostgresError) -> Bool {
        var leaderSession = try await LeaderSession.begin(settings)
        var refusal: PostgresError?
        let leadership = try await leaderSession.updateLeadership { event in
            // Thrown below, and reported by the caller.
            if case .cannotAct(let error) = event { refusal = error } else { onEvent(event) }
        }
        if let refusal { throw refusal }
        switch leadership {
        case .leads: break
        case .isKeptOut, .isRefused: return false
        case .isLeftToAnother, .isReadOnly, .observes: return true
        }
        // For the jobs that the poll will find.
        settings.connections.openAhead()
        try await leaderSession.poll(exceptOn: [], onEvent: onEvent)
        var isEmpty = true
        var seen: [Int64] = []
        while let record = try await leaderSession.due(passingOver: seen, limit: 1, onEvent: onEvent).first {
            seen.append(record.id)
            onEvent(.begins(record))
            let end = try await run(record, in: &leaderSession) { onEvent(.news(record, $0)) }
            onEvent(.ended(record, end))
            isEmpty = end.isFinal && isEmpty
        }
        return isEmpty
    }
}

extension Scheduler {
    /// Leaves running builds to the server when its task is cancelled, whatever its settings say.
    public func leaveBuilds() {
        var settings = settings
        settings.cancelsOnStop = false
        adopt(settings)
    }
}

/// The settings of a scheduler, which may change while it is running.
final class CurrentSettings: Sendable {
    private let state: Mutex<(settings: Scheduler.Settings, version: Int)>

    init(_ settings: Scheduler.Settings) { state = Mutex((settings, 0)) }

    /// The settings, and a version that changes with them.
    var value: (settings: Scheduler.Settings, version: Int) { state.withLock { $0 } }

    func replace(with settings: Scheduler.Settings) {
        state.withLock { $0 = (settings, $0.version + 1) }
    }
}
