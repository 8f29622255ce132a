public import Advisor
public import Postgres
internal import Synchronization

/// Looks after one database: looks, queues what the rules may do, and works the queue off.
///
/// Of several programs that look after a database only one acts. Whatever ends one of them, by force or not, leaves
/// nothing undone that the next one does not find and finish.
public struct Scheduler: Sendable {
    let current: CurrentSettings
    let slots: JobSlots

    /// What a scheduler is told.
    public struct Settings: Sendable {
        /// The database's name, unique among all that this program looks after.
        public var name: String
        /// What looks and plans, over connections to the server itself or to a pooler in session mode.
        public var assessor: Assessor
        /// How often to look.
        public var pollInterval = Duration.seconds(60)
        /// Whether to act, where nobody else does.
        public var mayAct = true
        /// When rules may begin to build; at any time where there are none.
        public var windows: [MaintenanceWindow] = []
        /// How long done jobs, old builds and resolved findings are kept, in days.
        public var historyDays = 30
        /// After how long people are told again of a finding that is still there; never where there is none.
        public var alertInterval: Duration? = .seconds(86_400)
        /// Whether builds that run are called off when the program stops, or left to the server.
        public var cancelsOnStop = false

        /// Settings with defaults for all that need not be said.
        public init(name: String, assessor: Assessor) {
            self.name = name
            self.assessor = assessor
        }

        var connections: ConnectionPool { assessor.connections }
        var kinds: JobKinds { assessor.kinds }
        var statementTimeout: Duration { assessor.transaction.statementTimeout }
    }

    /// Makes ready to look after a database.
    ///
    /// - Parameters:
    ///   - settings: Which, and how.
    ///   - slots: How many builds may run on each server, shared by all schedulers of a program.
    public init(_ settings: Settings, slots: JobSlots) {
        current = CurrentSettings(settings)
        self.slots = slots
    }

    /// What it is told at this moment.
    var settings: Settings { current.value.settings }

    /// Takes other settings for the same database, by which it goes from its next turn on; what it builds meanwhile goes on.
    ///
    /// - Parameter settings: The settings, which connect to where it is connected; another place takes another scheduler.
    public func adopt(_ settings: Settings) { current.replace(with: settings) }

    /// Looks once, and works off what is queued then.
    ///
    /// - Parameter onEvent: Takes what happens, as it happens.
    /// - Returns: Whether nothing failed and nothing has to be tried again; false also where this program may not
    ///   act, or a session that can be no vecsteward keeps it out.
    /// - Throws: When the server cannot be reached or refuses the state schema, or the task is cancelled.
    public func workOff(onEvent: @escaping @Sendable (Event) -> Void) async throws(PostgresError) -> Bool {
        var leaderSession = try await LeaderSession.begin(settings)
        var refusal: PostgresError?
        let leadership = try await leaderSession.updateLeadership { event in
            // Thrown below, and told by whoever catches it.
            if case .cannotAct(let error) = event { refusal = error } else { onEvent(event) }
        }
        if let refusal { throw refusal }
        switch leadership {
        case .leads: break
        case .isKeptOut, .isRefused: return false
        case .isLeftToAnother, .isReadOnly, .observes: return true
        }
        // For the jobs that the look is going to find.
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
    /// Leaves what it builds to the server when its task is cancelled, whatever its settings say.
    public func leaveBuilds() {
        var settings = settings
        settings.cancelsOnStop = false
        adopt(settings)
    }
}

/// The settings of a scheduler, which change while it is at work.
final class CurrentSettings: Sendable {
    private let state: Mutex<(settings: Scheduler.Settings, version: Int)>

    init(_ settings: Scheduler.Settings) { state = Mutex((settings, 0)) }

    /// The settings, and a number that is another one for others.
    var value: (settings: Scheduler.Settings, version: Int) { state.withLock { $0 } }

    func replace(with settings: Scheduler.Settings) {
        state.withLock { $0 = (settings, $0.version + 1) }
    }
}
