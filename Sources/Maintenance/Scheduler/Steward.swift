public import Advisor
public import Postgres
internal import Synchronization

/// Looks after one database: looks, queues what the rules may do, and works the queue off.
///
/// Of several programs that look after a database only one acts. Whatever ends one of them, by force or not, leaves
/// nothing undone that the next one does not find and finish.
public struct Steward: Sendable {
    let current: CurrentSettings
    let slots: BuildSlots

    /// What a steward is told.
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

        var connections: ConnectionReserve { assessor.connections }
        var statementTimeout: Duration { assessor.transaction.statementTimeout }
    }

    /// Makes ready to look after a database.
    ///
    /// - Parameters:
    ///   - settings: Which, and how.
    ///   - slots: How many builds may run on each server, shared by all stewards of a program.
    public init(_ settings: Settings, slots: BuildSlots) {
        current = CurrentSettings(settings)
        self.slots = slots
    }

    /// What it is told at this moment.
    var settings: Settings { current.value.settings }

    /// Takes other settings for the same database, by which it goes from its next turn on; what it builds meanwhile goes on.
    ///
    /// - Parameter settings: The settings, which connect to where it is connected; another place takes another steward.
    public func adopt(_ settings: Settings) { current.replace(with: settings) }

    /// Looks once, and works off what is queued then.
    ///
    /// - Parameter tell: Takes what happens, as it happens.
    /// - Returns: Whether nothing failed and nothing has to be tried again; false also where this program may not
    ///   act, or a session that can be no vecsteward keeps it out.
    /// - Throws: When the server cannot be reached or refuses the state schema, or the task is cancelled.
    public func workOff(tell: @escaping @Sendable (Event) -> Void) async throws(PostgresError) -> Bool {
        var attendance = try await Attendance.begin(settings)
        var refusal: PostgresError?
        let standing = try await attendance.stand { event in
            // Thrown below, and told by whoever catches it.
            if case .cannotAct(let error) = event { refusal = error } else { tell(event) }
        }
        if let refusal { throw refusal }
        switch standing {
        case .leads: break
        case .isKeptOut, .isRefused: return false
        case .isLeftToAnother, .isReadOnly, .observes: return true
        }
        // For the jobs that the look is going to find.
        settings.connections.openAhead()
        try await attendance.look(exceptOn: [], tell: tell)
        var isEmpty = true
        var seen: [Int64] = []
        while let record = try await attendance.due(passingOver: seen, limit: 1, tell: tell).first {
            seen.append(record.id)
            isEmpty = try await carryOut(record, in: attendance, tell: tell) && isEmpty
        }
        return isEmpty
    }

    private func carryOut(
        _ record: JobRecord,
        in attendance: borrowing Attendance,
        tell: @escaping @Sendable (Event) -> Void
    ) async throws(PostgresError) -> Bool {
        tell(.begins(record))
        let end = try await take(attendance.turn, record) { tell(.news(record, $0)) }
        tell(.ended(record, end))
        switch end {
        case .done, .calledOff: return true
        case .waits, .failed: return false
        }
    }
}

extension Steward {
    /// Leaves what it builds to the server when its task is cancelled, whatever its settings say.
    public func leaveBuilds() {
        var settings = settings
        settings.cancelsOnStop = false
        adopt(settings)
    }
}

/// The settings of a steward, which change while it is at work.
final class CurrentSettings: Sendable {
    private let state: Mutex<(settings: Steward.Settings, version: Int)>

    init(_ settings: Steward.Settings) { state = Mutex((settings, 0)) }

    /// The settings, and a number that is another one for others.
    var value: (settings: Steward.Settings, version: Int) { state.withLock { $0 } }

    func replace(with settings: Steward.Settings) {
        state.withLock { $0 = (settings, $0.version + 1) }
    }
}
