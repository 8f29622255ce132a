internal import Advisor
internal import Postgres

/// One session in one database: through it a scheduler holds the lock, looks, and keeps the queue.
struct LeaderSession: ~Copyable {
    private var settings: Scheduler.Settings
    private var settingsVersion: Int
    /// The backend as the server knows it, which is not what a pooler tells.
    private var processID: Int32
    private var session: Connection
    /// What tells the server from others, however it is reached: when it was started, which everybody may ask.
    private(set) var server: String

    private var hasLock = false
    private var leadership: Scheduler.LeadershipStatus?
    private var findingStore = FindingStore()
    private var baselines = BaselineKeeper()
    private var complaints: Set<String> = []
    /// Jobs of which was told that they did not help.
    private var toldRemedies: Set<Int64> = []
    /// Rows of which was told that they cannot be read.
    private var toldUnreadable: Set<UnreadableRow> = []
    private var refusedUntil: ContinuousClock.Instant?
    private var renewal = ContinuousClock.now
    private var isWaitingForWindow = false
    private var tableWaits = TableWaits()
    private var keptOutToldAt: ContinuousClock.Instant?

    /// After how long it is told again that somebody keeps this program out.
    private static let reminder = Duration.seconds(3_600)

    /// Connects.
    static func begin(_ settings: Scheduler.Settings, version: Int = 0) async throws(PostgresError) -> LeaderSession {
        var session = try await settings.connections.take()
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
        // It is idle most of the time and has to outlast any limit on that; a host that goes without a word has to be
        // noticed, or the lock would stay with it. Behind a pooler the search path is not pinned yet: no name is looked for
        // along it.
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

    /// Whether this session has the lock under which this program acts, also when it may begin nothing any more.
    var hasLeaderLock: Bool { hasLock && (leadership == .leads || leadership == .observes) }

    /// Goes by other settings from now on.
    ///
    /// - Returns: Whether they are others than before.
    mutating func adopt(_ settings: Scheduler.Settings, version: Int) -> Bool {
        guard version != settingsVersion else { return false }
        (self.settings, settingsVersion) = (settings, version)
        // What was told of the old settings is to be told of the new ones too.
        complaints = []
        refusedUntil = nil
        isWaitingForWindow = false
        return true
    }

    /// What carries out jobs for as long as this session has the lock.
    var executor: JobExecutor {
        JobExecutor(
            settings.connections,
            statementTimeout: settings.statementTimeout,
            leaderProcessID: processID,
            kinds: settings.kinds
        )
    }

    /// Finds out what this program may do here now, and takes the lead where nobody has it.
    ///
    /// - Parameters:
    ///   - isIdle: Whether no job of this program is at work.
    ///   - onEvent: Takes what has changed.
    /// - Returns: What it may do.
    /// - Throws: When the connection is lost.
    mutating func updateLeadership(
        isIdle: Bool = true,
        onEvent: (Scheduler.Event) -> Void
    ) async throws(PostgresError) -> Scheduler.LeadershipStatus {
        let now = try await currentLeadership(isIdle: isIdle, onEvent: onEvent)
        if now != leadership || keptOutToldAt.map({ $0 + Self.reminder <= .now }) == true {
            onEvent(.leadershipChanged(now))
            keptOutToldAt = if case .isKeptOut = now { .now } else { nil }
        }
        leadership = now
        return now
    }

    private mutating func currentLeadership(
        isIdle: Bool,
        onEvent: (Scheduler.Event) -> Void
    ) async throws(PostgresError) -> Scheduler.LeadershipStatus {
        guard settings.mayAct else {
            // What was begun before it was told to observe is finished under the lock.
            if hasLock, isIdle { try await LeaderLock.release(&session) }
            if isIdle { hasLock = false }
            return .observes
        }
        if leadership == .isReadOnly(isStandby: false), renewal <= .now { try await renew() }
        // A primary becomes a standby only by a restart, which ends the session.
        if leadership == .leads { return .leads }
        if let refusedUntil, refusedUntil > .now { return .isRefused }
        if !hasLock {
            if session.processID != processID {
                try await Pooler.demandOwnSession(&session, settings.connections)
                try await session.pinSettings()
            }
            hasLock = try await LeaderLock.take(&session)
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
                // Where a pooler passes on no notifications, what people ask for is seen with the next beat.
                try await session.run(script: "LISTEN vecsteward_job", timeout: .seconds(30))
                return .leads
            case .readOnly(let isStandby): return .isReadOnly(isStandby: isStandby)
            case .missing, .outdated: return .isReadOnly(isStandby: false)
            }
        } catch {
            guard session.isUsable, error.code != .cancelled else { throw error }
            if error.sqlState == .readOnlyTransaction { return .isReadOnly(isStandby: try await isStandby()) }
            complain(.cannotAct(error), error, onEvent)
            // Another program may be allowed to do what this one is not.
            try await LeaderLock.release(&session)
            hasLock = false
            refusedUntil = .now + settings.pollInterval
            return .isRefused
        }
    }

    /// Connects anew: a session keeps the default with which it began, which may have forbidden to write.
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

    /// Tells what is wrong, once for each reason.
    private mutating func complain(
        _ event: Scheduler.Event,
        _ error: PostgresError,
        _ onEvent: (Scheduler.Event) -> Void
    ) {
        if complaints.insert("\(error.sqlState?.rawValue ?? "") \(error.message)").inserted { onEvent(event) }
    }

    /// Looks, tells the news, and where this program acts queues what the rules may do.
    ///
    /// - Parameters:
    ///   - tables: Where jobs are at work: what was seen there may be outdated before it is queued.
    ///   - onEvent: Takes the news.
    /// - Throws: When the connection is lost, or the server refuses what is to be queued.
    mutating func poll(
        exceptOn tables: Set<RelationName>,
        onEvent: (Scheduler.Event) -> Void
    ) async throws(PostgresError) {
        let start = ContinuousClock.now
        let assessment: Assessment
        do throws(PostgresError) {
            // First, or the look would believe lists that no index has.
            if leadership == .leads { try await settleAlteredIndexes(onEvent: onEvent) }
            let estimate = try await settings.assessor.estimate(on: &session)
            if leadership == .leads {
                // What is confirmed may be by an ANALYZE, which takes from the catalog what an index was built on.
                let busy = tables.union(estimate.assessment.tablesAtWork)
                try await baselines.record(estimate.assessment.snapshot, exceptOn: busy, on: &session)
            }
            assessment = try await settings.assessor.confirm(estimate, isActing: leadership == .leads, on: &session)
        } catch {
            // A slow look is no reason to give up the lead, which builds rely on.
            guard session.isUsable, !Task.isCancelled else { throw error }
            return complain(.pollFailed(error), error, onEvent)
        }
        // Also where a program that is gone was at work: what it was building is half of a job, and tells a rule nothing.
        let tables = tables.union(assessment.tablesAtWork)
        let changes = try await findingStore.update(
            assessment,
            exceptOn: tables,
            keeping: leadership == .leads,
            repeatingEvery: settings.alertInterval,
            on: &session
        )
        if !changes.isEmpty { onEvent(.findings(changes)) }
        let unreadable = Set((assessment.queue?.unreadable ?? []) + findingStore.unreadable)
        let news = unreadable.subtracting(toldUnreadable).sorted { $0.id < $1.id }
        toldUnreadable = unreadable
        if !news.isEmpty { onEvent(.unreadable(news)) }
        if leadership == .leads { try await queue(assessment, exceptOn: tables, onEvent: onEvent) }
        let seconds = start.duration(to: .now) / .seconds(1)
        onEvent(
            .polled(Scheduler.PollResult(assessment: assessment, leadership: leadership ?? .observes, seconds: seconds))
        )
    }

    private mutating func settleAlteredIndexes(onEvent: (Scheduler.Event) -> Void) async throws(PostgresError) {
        let failures = try await AlteredIndexes.settle(in: settings.assessor.transaction, on: &session)
        for failure in failures where failure.sqlState != .lockNotAvailable {
            complain(.cannotAct(failure), failure, onEvent)
        }
    }

    /// Queues what the rules may do.
    private mutating func queue(
        _ assessment: Assessment,
        exceptOn tables: Set<RelationName>,
        onEvent: (Scheduler.Event) -> Void
    ) async throws(PostgresError) {
        try await findingStore.prune(keepingDays: settings.historyDays, on: &session)
        try await findingStore.recordUse(of: assessment.snapshot, on: &session)
        let leftovers = try await settings.kinds.leftovers(in: settings.assessor.transaction, on: &session)
        // What gathers evidence has helped when the evidence is there.
        let gathering = assessment.plan.jobs.filter { $0.spec is any EvidenceJobSpec }
        try await judgeRemedies(assessment, besides: leftovers + gathering, exceptOn: tables, onEvent: onEvent)
        let wanted = assessment.plan.jobs.filter { $0.disposition == .act } + leftovers
        let jobs = wanted.filter { job in
            job.tableUse == .shared || !job.targets.contains { tables.contains(RelationName($0)) }
        }
        let queued = try await JobQueue.enqueue(jobs, kinds: settings.kinds, on: &session)
        if !queued.isEmpty { onEvent(.queued(queued)) }
    }

    /// Writes down which jobs have helped, and tells of those that have not, once each.
    private mutating func judgeRemedies(
        _ assessment: Assessment,
        besides jobs: [Job],
        exceptOn tables: Set<RelationName>,
        onEvent: (Scheduler.Event) -> Void
    ) async throws(PostgresError) {
        let (unhelped, helped) = assessment.outcomes(besides: jobs)
        let places = Dictionary(
            (assessment.queue?.remedies ?? []).map { ($0.jobID, RelationName(schema: $0.schema, name: $0.table)) }
        ) { first, _ in first }
        func isFree(_ job: Int64) -> Bool { places[job].map { !tables.contains($0) } ?? false }
        try await JobQueue.recordHelp(of: helped.filter(isFree), on: &session)
        toldRemedies.formIntersection(unhelped.map(\.jobID))
        let news = unhelped.filter { $0.isHeld && isFree($0.jobID) && toldRemedies.insert($0.jobID).inserted }
        if !news.isEmpty { onEvent(.didNotHelp(news)) }
    }

    /// The jobs that may begin now.
    mutating func due(
        besides busy: [Int64] = [],
        passingOver passed: [Int64] = [],
        lane: JobLane? = nil,
        limit: Int,
        onEvent: (Scheduler.Event) -> Void
    ) async throws(PostgresError) -> [JobRecord] {
        let isOpen = try await isWindowOpen(onEvent: onEvent)
        return try await JobQueue.due(
            besides: busy,
            passingOver: passed,
            isWindowOpen: isOpen,
            lane: lane,
            limit: limit,
            kinds: settings.kinds,
            on: &session
        )
    }

    /// All jobs that would have to wait for a stranger to leave their tables, who may never do so; it is told of those that
    /// could begin otherwise.
    mutating func held(among due: [JobRecord], onEvent: (Scheduler.Event) -> Void) async throws(PostgresError)
        -> [Int64]
    {
        let held = try await TableWaits.read(on: &session)
        let due = Set(due.map(\.id))
        for (holder, jobs) in tableWaits.take(held.filter({ due.contains($0.job) })) {
            onEvent(.waitsForTable(jobs: jobs, holder))
        }
        return Array(Set(held.map(\.job)))
    }

    /// Waits, and hears meanwhile of requests and cancellations where this session leads.
    ///
    /// - Parameters:
    ///   - bound: How long to wait at most.
    ///   - bell: Ends the wait earlier.
    /// - Returns: Whether there is something to hear of.
    /// - Throws: When the connection is lost, or the task is cancelled.
    mutating func rest(_ bound: Duration, or bell: Bell) async throws(PostgresError) -> Bool {
        let bound = max(bound, .milliseconds(10))
        Heartbeat.beat(within: bound)
        return try await session.awaitNotification(within: bound, or: bell)
    }

    /// Passes on what people said of jobs that are at work.
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

    /// What the clocks of the windows show, by the server's time.
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

extension Assessment {
    /// The tables of jobs that were begun and have not ended.
    fileprivate var tablesAtWork: Set<RelationName> {
        let begun = (queue?.entries ?? []).map(\.record).filter { $0.state.isAtWork && $0.job.tableUse == .exclusive }
        return Set(begun.compactMap { $0.job.targets.first.map(RelationName.init) })
    }
}
