internal import Advisor
internal import Postgres

/// The scheduler's session in one database: it holds the leader lock, polls, and manages the queue.
struct LeaderSession: ~Copyable {
    var settings: Scheduler.Settings
    private var settingsVersion: Int
    /// The process ID of the backend as the server reports it; a pooler reports another one.
    private var processID: Int32
    var session: Connection
    /// Identifies the server, whatever its address: the time at which it started, which any role may read.
    private(set) var server: String

    private var hasLock = false
    var leadership: Scheduler.LeadershipStatus?
    var findingStore = FindingStore()
    var searchStore = SearchStore()
    var baselines = BaselineKeeper()
    private var complaints: Set<String> = []
    /// Jobs already reported as not having helped.
    var reportedRemedies: Set<Int64> = []
    /// Rows already reported as unreadable.
    var reportedUnreadable: Set<UnreadableRow> = []
    private var refusedUntil: ContinuousClock.Instant?
    private var renewal = ContinuousClock.now
    private var isWaitingForWindow = false
    private var tableWaits = TableWaits()
    private var keptOutReportedAt: ContinuousClock.Instant?

    /// How often to repeat that another session keeps this instance out.
    private static let reminder = Duration.seconds(3_600)

    /// Connects, and sets up the session.
    static func begin(_ settings: Scheduler.Settings, version: Int = 0) async throws(PostgresError) -> LeaderSession {
        var session = try await settings.connections.checkOut()
        let facts = try await ready(&session)
        return LeaderSession(
            settings: settings,
            version: version,
            server: facts.server,
            processID: facts.processID,
            session: session
        )
    }

    private static func ready(
        _ session: inout Connection
    ) async throws(PostgresError) -> (server: String, processID: Int32) {
        // The session is idle most of the time and must outlast idle timeouts. TCP keepalives detect a host that vanished,
        // which would otherwise keep the lock. Behind a pooler the search path is not pinned yet, so every name is qualified.
        let sessionSettings: Statement = """
            SELECT
                pg_catalog.set_config('tcp_keepalives_idle', '20', FALSE),
                pg_catalog.set_config('tcp_keepalives_interval', '5', FALSE),
                pg_catalog.set_config('tcp_keepalives_count', '4', FALSE),
                (
                    SELECT pg_catalog.set_config('idle_session_timeout', '0', FALSE)
                    FROM pg_catalog.pg_settings WHERE name OPERATOR(pg_catalog.=) 'idle_session_timeout'
                ),
                pg_catalog.concat_ws(
                    ' ',
                    extract(EPOCH FROM pg_catalog.pg_postmaster_start_time()),
                    pg_catalog.current_setting('port')
                ) AS server,
                pg_catalog.pg_backend_pid() AS process_id
            """
        let row = try await session.query(sessionSettings, timeout: .seconds(30)).one()
        return (try row["server", as: String.self], try row["process_id", as: Int32.self])
    }

    private init(
        settings: Scheduler.Settings,
        version: Int,
        server: String,
        processID: Int32,
        session: consuming Connection
    ) {
        self.settings = settings
        settingsVersion = version
        self.server = server
        self.processID = processID
        self.session = session
    }

    /// Whether this session holds the leader lock, even if it may not start jobs any more.
    var hasLeaderLock: Bool { hasLock && (leadership == .leads || leadership == .observes) }

    /// Uses other settings from now on.
    ///
    /// - Returns: Whether they differ from those before.
    mutating func adopt(_ settings: Scheduler.Settings, version: Int) -> Bool {
        guard version != settingsVersion else { return false }
        (self.settings, settingsVersion) = (settings, version)
        // Problems reported under the old settings are reported again under the new ones.
        complaints = []
        refusedUntil = nil
        isWaitingForWindow = false
        return true
    }

    /// Runs jobs while this session holds the lock.
    var executor: JobExecutor {
        var executor = JobExecutor(
            settings.connections,
            statementTimeout: settings.statementTimeout,
            leaderProcessID: processID,
            kinds: settings.kinds,
            policies: settings.assessor.policies
        )
        executor.limits = settings.assessor.limits
        return executor
    }

    /// Determines what this instance may do here, and becomes the leader if there is none.
    ///
    /// - Parameters:
    ///   - isIdle: Whether this instance runs no job.
    ///   - onEvent: Receives changes.
    /// - Returns: The leadership status.
    /// - Throws: When the connection is lost.
    mutating func updateLeadership(
        isIdle: Bool = true,
        onEvent: (Scheduler.Event) -> Void
    ) async throws(PostgresError) -> Scheduler.LeadershipStatus {
        let now = try await currentLeadership(isIdle: isIdle, onEvent: onEvent)
        if now != leadership || keptOutReportedAt.map({ $0 + Self.reminder <= .now }) == true {
            onEvent(.leadershipChanged(now))
            keptOutReportedAt = if case .isKeptOut = now { .now } else { nil }
        }
        leadership = now
        return now
    }

    private mutating func currentLeadership(
        isIdle: Bool,
        onEvent: (Scheduler.Event) -> Void
    ) async throws(PostgresError) -> Scheduler.LeadershipStatus {
        guard settings.mayAct else {
            // Jobs that started before the mode became observe finish under the lock.
            if hasLock, isIdle { try await LeaderLock.release(&session) }
            if isIdle { hasLock = false }
            return .observes
        }
        if leadership == .isReadOnly(isStandby: false), renewal <= .now { try await renew() }
        // A primary can become a standby only by a restart, which ends this session.
        if leadership == .leads { return .leads }
        if let refusedUntil, refusedUntil > .now { return .isRefused }
        if !hasLock {
            if session.processID != processID {
                try await Pooler.demandOwnSession(&session, settings.connections)
                try await session.pinSettings()
            }
            hasLock = try await LeaderLock.acquire(&session)
        }
        guard hasLock else {
            guard let holder = try await LeaderLock.holder(&session), !holder.isPlausible else {
                return .isLeftToAnother
            }
            return .isKeptOut(by: holder)
        }
        do throws(PostgresError) {
            switch try await StateSchema.prepare(on: &session, createIfMissing: true) {
            case .ready:
                // If a pooler does not pass on notifications, people's requests are seen at the next beat.
                try await session.run(script: "LISTEN vecsteward_job", timeout: .seconds(30))
                return .leads
            case .readOnly(let isStandby): return .isReadOnly(isStandby: isStandby)
            case .missing, .outdated: return .isReadOnly(isStandby: false)
            }
        } catch {
            guard session.isUsable, error.code != .cancelled else { throw error }
            if error.sqlState == .readOnlyTransaction { return .isReadOnly(isStandby: try await isStandby()) }
            complain(.cannotAct(error), error, onEvent)
            // Another instance may have the privileges that this one lacks.
            try await LeaderLock.release(&session)
            hasLock = false
            refusedUntil = .now + settings.pollInterval
            return .isRefused
        }
    }

    /// Reconnects: a session keeps the defaults with which it started, which may have made it read-only.
    private mutating func renew() async throws(PostgresError) {
        if hasLock { try await LeaderLock.release(&session) }
        hasLock = false
        var fresh = try await settings.connections.open()
        (server, processID) = try await Self.ready(&fresh)
        session = fresh
        renewal = .now + settings.pollInterval
    }

    private mutating func isStandby() async throws(PostgresError) -> Bool {
        try await session.query("SELECT pg_catalog.pg_is_in_recovery() AS is_standby").one()[
            "is_standby",
            as: Bool.self
        ]
    }

    /// Reports a problem, once for each reason.
    mutating func complain(
        _ event: Scheduler.Event,
        _ error: PostgresError,
        _ onEvent: (Scheduler.Event) -> Void
    ) {
        if complaints.insert("\(error.sqlState?.rawValue ?? "") \(error.message)").inserted { onEvent(event) }
    }

    /// The jobs that may start now.
    mutating func due(
        besides busy: [Int64] = [],
        passingOver passed: [Int64] = [],
        lanes: [JobLane] = JobLane.allCases,
        limit: Int,
        onEvent: (Scheduler.Event) -> Void
    ) async throws(PostgresError) -> [JobRecord] {
        let isOpen = try await isWindowOpen(onEvent: onEvent)
        return try await JobQueue.due(
            besides: busy,
            passingOver: passed,
            isWindowOpen: isOpen,
            lanes: lanes,
            limit: limit,
            kinds: settings.kinds,
            on: &session
        )
    }

    /// All jobs that would wait for other sessions on their tables.
    ///
    /// A foreign session may never end, so it reports the due jobs that such a session keeps from starting.
    mutating func held(among due: [JobRecord], onEvent: (Scheduler.Event) -> Void) async throws(PostgresError)
        -> JobQueue.HeldJobs
    {
        let held = try await JobQueue.held(on: &session)
        guard !due.isEmpty else { return held }
        let due = Set(due.map(\.id))
        for (holder, jobs) in tableWaits.record(held.byStrangers.filter({ due.contains($0.job) })) {
            onEvent(.waitsForTable(jobs: jobs, holder))
        }
        return held
    }

    /// Waits, and as the leader listens for requests and cancellations meanwhile.
    ///
    /// - Parameters:
    ///   - bound: The longest time to wait.
    ///   - bell: Ends the wait earlier.
    /// - Returns: Whether a notification arrived.
    /// - Throws: When the connection is lost, or the task is cancelled.
    mutating func rest(_ bound: Duration, or bell: Bell) async throws(PostgresError) -> Bool {
        let bound = max(bound, .milliseconds(10))
        Heartbeat.beat(within: bound)
        return try await session.awaitNotification(within: bound, or: bell)
    }

    /// Cancels running jobs that people have cancelled.
    mutating func cancelWhatPeopleCancelled(in runningJobs: RunningJobs) async throws(PostgresError) {
        let jobs = runningJobs.jobs
        guard !jobs.isEmpty else { return }
        let cancelled = try await JobQueue.cancelled(among: jobs.map(\.record.id), on: &session)
        for runningJob in jobs where cancelled.contains(runningJob.record.id) { runningJob.control.cancel() }
    }

    private mutating func isWindowOpen(onEvent: (Scheduler.Event) -> Void) async throws(PostgresError) -> Bool {
        guard !settings.windows.isEmpty else { return true }
        let clocks: [String: LocalTime]
        do throws(PostgresError) {
            clocks = try await self.clocks()
        } catch {
            guard error.sqlState == .invalidParameterValue else { throw error }
            complain(.cannotAct(error), error, onEvent)
            return false
        }
        if MaintenanceWindow.isAnyOpen(settings.windows, at: clocks) {
            isWaitingForWindow = false
            return true
        }
        guard !isWaitingForWindow else { return false }
        let waiting = try await JobQueue.waitingForWindow(on: &session)
        if waiting > 0, let opening = MaintenanceWindow.nextOpening(of: settings.windows, after: clocks) {
            isWaitingForWindow = true
            onEvent(.waitsForWindow(jobs: waiting, opening: opening))
        }
        return false
    }

    /// The local times in the windows' time zones, by the server's clock.
    private mutating func clocks() async throws(PostgresError) -> [String: LocalTime] {
        let zones = Array(Set(settings.windows.map(\.timeZone)))
        var clocks: [String: LocalTime] = [:]
        for row in try await session.queue(Statement(PackageResources.local_times_sql, [zones])) {
            guard let weekday = Weekday(rawValue: try row["weekday", as: Int.self]) else { continue }
            clocks[try row["zone", as: String.self]] = LocalTime(
                weekday: weekday,
                secondOfDay: try row["second_of_day", as: Int.self]
            )
        }
        return clocks
    }
}
