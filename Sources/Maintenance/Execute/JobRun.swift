internal import Advisor
internal import Postgres

/// One job on its way, from wherever it is to its end.
struct JobRun: ~Copyable {
    typealias Save = (JobRecord) async throws(PostgresError) -> Void
    typealias Tell = (JobNews) -> Void

    /// How often a running statement is looked at.
    private static let interval = Duration.seconds(1)
    /// How often a short lock is tried for, each time for a second, and how long the others get in between.
    static let lockTries = 60
    /// How many names of others a job gives way to.
    private static let namesTried = 100
    private static let lockPause = Duration.milliseconds(500)
    private static let lockTry = Duration.milliseconds(1_500)

    let session: JobSession
    let control: JobControl
    let isHostKnown: Bool
    let queuePatience: Duration
    let lendingPatience: Duration
    var record: JobRecord
    let lookout: Lookout
    var failure: PostgresError?
    private var log = WatchLog()
    private var notices: [Notice] = []
    private var awaited: WorkSite.Worker?
    private var hasCancelled = false
    private var isSerial = false
    private var lockAttempts = 0
    /// Since when another session has been at work on the table.
    private var strangerSince: ContinuousClock.Instant?
    /// For whom a statement waited that was ended because it had waited too long.
    private var givenUp: [LockingSession]?
    /// Why the build is left for later.
    private var postponement: String?
    var proven: IndexIdentity?
    var compared: IndexIdentity?
    var builds = 0
    /// Whether it has failed before for a reason that may pass, and this try is not counted yet.
    var isUncountedRetry: Bool
    /// Names that others were seen to have while the job was carried out.
    private var takenNames: Set<RelationName> = []

    init(
        _ record: JobRecord,
        session: JobSession,
        control: JobControl,
        lookout: Lookout,
        isHostKnown: Bool,
        queuePatience: Duration,
        lendingPatience: Duration
    ) {
        self.record = record
        isUncountedRetry = record.state == .waiting
        self.session = session
        self.control = control
        self.lookout = lookout
        self.isHostKnown = isHostKnown
        self.queuePatience = queuePatience
        self.lendingPatience = lendingPatience
    }

    /// Looks and takes the next step, until there is none, and leaves the new index in its place or no trace of it.
    mutating func carryOut(save: Save, tell: Tell) async throws(PostgresError) -> JobRunner.Outcome {
        guard let place = record.job.targets.first else { return .calledOff("the job is about no table") }
        let outcome = try await takeSteps(save, tell)
        await setBack(tell)
        guard case .failed(let error) = outcome else { return outcome }
        return .failed(try await clearAway(after: error, at: record.job.targets.first ?? place, tell))
    }

    private mutating func takeSteps(_ save: Save, _ tell: Tell) async throws(PostgresError) -> JobRunner.Outcome {
        // One that was begun may be at work in a session that is waited for.
        if record.state == .queued || record.state == .waiting { session.openAhead() }
        while true {
            // With the names of the moment: a job may choose others on its way.
            guard let place = record.job.targets.first else { return .calledOff("the job is about no table") }
            if control.isCancelled { record.isCancelRequested = true }
            let site = try await lookout.site(of: record)
            let outcome: JobRunner.Outcome?
            let step = record.nextStep(at: site)
            if !step.isForStranger { strangerSince = nil }
            switch step {
            case .await(let worker): outcome = try await wait(for: worker, at: place, tell)
            case .build: outcome = try await build(site.old, at: place, save, tell)
            case .dropLeftover: outcome = try await dropLeftover(site.building, at: place, save, tell)
            case .giveBack(let name, let former):
                let reason = "somebody dropped the new index; the old one has its name again"
                let statement = JobStatements.rename(name, to: former, schema: place.schema)
                let attempts = lockAttempts
                outcome = try await change([statement]) ?? (lockAttempts > attempts ? nil : .calledOff(reason))
            case .proveAndSwap: outcome = try await proveAndSwap(site, at: place, save, tell)
            case .dropOld(let name):
                if let error = try await objection(to: name, at: site) { return .failed(error) }
                try await enter(.cleaning, save, tell)
                outcome = try await drop(name, at: place, tell)
            case .makeParent(let schema, let table, let name):
                outcome = try await makeParent(of: Identifier.qualified(schema, table), named: name, save, tell)
            case .attach(let schema, let index, let parentSchema, let parent):
                try await enter(site.finished == nil ? .running : .swapping, save, tell)
                let statement = JobStatements.attaching(
                    Identifier.qualified(schema, index),
                    to: Identifier.qualified(parentSchema, parent)
                )
                let guarding = Statement(PackageResources.attach_guard_sql, [schema, index, parentSchema, parent])
                outcome = try await change([statement], after: [guarding])
            case .chooseNames(let conflicts): outcome = try await chooseNames(insteadOf: conflicts, site, save, tell)
            case .finish: outcome = .done
            case .callOff(let reason): outcome = .calledOff(reason)
            case .postpone(let reason): outcome = .postponed(reason)
            }
            if let outcome { return outcome }
        }
    }

    mutating func enter(_ state: JobState, _ save: Save, _ tell: Tell) async throws(PostgresError) {
        if record.state != state || state == .running { tell(.enters(state)) }
        record.state = state
        standAside()
        try await save(record)
    }

    // MARK: Waiting and watching

    private mutating func wait(
        for worker: WorkSite.Worker,
        at place: Job.Target,
        _ tell: Tell
    ) async throws(PostgresError) -> JobRunner.Outcome? {
        if awaited != worker {
            awaited = worker
            log = WatchLog()
            tell(
                worker.isOwn
                    ? .adopts(processID: worker.processID)
                    : .note("process \(worker.processID) is at work on the table: waiting for its end")
            )
        }
        session.forgetIdle()
        guard worker.isOwn else { return try await waitForStranger(at: place) }
        let isBuilding = record.state != .swapping && record.state != .cleaning
        await watch(canBeCancelled: isBuilding, tell)
        try await pause(Self.interval)
        return nil
    }

    /// Waits for a session that is at work on the table, for as long as it is given: it may stay for ever.
    private mutating func waitForStranger(at place: Job.Target) async throws(PostgresError) -> JobRunner.Outcome? {
        let since = strangerSince ?? .now
        strangerSince = since
        if .now - since >= queuePatience {
            let holders = try await sessions(at: place).filter { $0.awaitedLock == nil }
            if !holders.isEmpty { return .postponed(Self.words(holders)) }
        }
        try await pause(Self.lockPause)
        return nil
    }

    private static func words(_ holders: [LockingSession]) -> String {
        guard !holders.isEmpty else { return "the lock on the table could not be had in time" }
        return "\(holders.words) \(holders.count == 1 ? "has" : "have") a lock on the table"
    }

    /// Lets other jobs go on while this one only waits, and when its index is built.
    private func standAside() {
        let isBuilt = record.job.definition != nil && [.proving, .swapping, .cleaning].contains(record.state)
        control.take(isHeldUp: isBuilt || log.waitingTime > lendingPatience)
    }

    /// Looks at the statement that runs, and cancels it when that was asked for.
    ///
    /// A look that fails is left out: the statement does not depend on it.
    private mutating func watch(canBeCancelled: Bool, _ tell: Tell) async {
        do throws(PostgresError) {
            guard let sighting = try await lookout.sighting(of: record) else { return }
            for news in log.take(sighting) { tell(news) }
            standAside()
            if log.relationWaitingTime >= queuePatience {
                // It has not begun yet, and whoever has the lock may keep it for ever.
                givenUp = sighting.waitsFor
                return try await lookout.cancelWorker(sighting.processID, of: record)
            }
            guard canBeCancelled, control.isCancelled || record.isCancelRequested else { return }
            hasCancelled = true
            try await lookout.cancelWorker(sighting.processID, of: record)
        } catch {
            return
        }
    }

    private func pause(_ duration: Duration) async throws(PostgresError) {
        Heartbeat.beat(within: duration)
        do {
            try await Task.sleep(for: duration)
        } catch {
            throw PostgresError(.cancelled, "cancelled while waiting for another session")
        }
    }

    /// Runs statements to their end, whatever becomes of this task, and watches them.
    ///
    /// - Returns: What went wrong once they were under way, `nil` when all went well.
    mutating func run(
        _ statements: [String],
        with settings: [String] = [],
        canBeCancelled: Bool,
        _ tell: Tell
    ) async throws(PostgresError) -> PostgresError? {
        log = WatchLog()
        givenUp = nil
        notices = []
        let work = session.begin(statements, with: settings)
        while true {
            Heartbeat.beat(within: Self.interval)
            switch await work.wait(atMost: Self.interval) {
            case .isAtWork: await watch(canBeCancelled: canBeCancelled, tell)
            case .ended(nil):
                notices = work.notices
                return nil
            // Where the connection is lost the server may still be at work; the next look tells.
            case .ended(let error?) where error.code == .server || error.code == .connectionLost:
                return log.explaining(error)
            case .ended(let error?): throw error
            case .isAbandoned:
                throw PostgresError(.cancelled, "stopped; the server goes on with what it was asked for")
            }
        }
    }

    // MARK: Building

    private mutating func build(
        _ old: WorkSite.SeenIndex?,
        at place: Job.Target,
        _ save: Save,
        _ tell: Tell
    ) async throws(PostgresError) -> JobRunner.Outcome? {
        // What had failed is cleaned up by now; whether to begin again is for the scheduler to say.
        if let failure { return .failed(failure) }
        if let postponement { return .postponed(postponement) }
        if record.job.composesForeignValue { return .failed(.foreignValue) }
        if let waiting = try await queue(at: place) {
            let verb = waiting.count == 1 ? "waits" : "wait"
            return control.isCancelled ? nil : .postponed("\(waiting.words) \(verb) for a lock on the table")
        }
        // REINDEX builds what the catalog says.
        if case .rebuildIndex(let rebuild) = record.job.task, rebuild.isAttached, let old, !old.fits,
            case .ivfflat(let lists) = rebuild.definition.parameters
        {
            record.state = .running
            try await save(record)
            let index = Identifier.qualified(place.schema, rebuild.oldName)
            let statements = AlteredIndexes.setting(lists, of: index, old.identity, for: record.id)
            let attempts = lockAttempts
            if let outcome = try await change(statements) { return outcome }
            if lockAttempts > attempts { return nil }
        }
        // What was built and is not there, or is not what was asked for, is not built for ever.
        if record.job.definition != nil, builds > 1 { return .failed(.lostBuild) }
        record.attempts += 1
        log = WatchLog()
        try await enter(.running, save, tell)
        var job = record.job
        if job.definition != nil {
            let answers = try await lookout.read(Preflight.statements(job))
            let preflight = try Preflight(job, answers, lookingAtHost: isHostKnown)
            if let obstacle = preflight.obstacle { return .failed(obstacle) }
            if let blindSpot = preflight.blindSpot { tell(.note(blindSpot)) }
            if !preflight.holders.isEmpty {
                tell(.note("the build is going to wait at its end for \(preflight.holders.words)"))
            }
            if let workers = preflight.workers {
                if let note = workers.note { tell(.note(note)) }
                job.settings?.parallelWorkers = workers.number
            }
            if isSerial { job.settings?.parallelWorkers = 0 }
        }
        let settings = JobStatements.settings(job)
        let start = ContinuousClock.now
        failure = try await run(JobStatements.building(job, place), with: settings, canBeCancelled: true, tell)
        if failure == nil,
            let measured = measurement(of: job, at: place, seconds: start.duration(to: .now) / .seconds(1))
        {
            tell(.built(measured))
        }
        if let holders = givenUp, failure?.sqlState == .queryCanceled {
            failure = nil
            // It was not begun, and it may have to wait like this any number of times.
            record.attempts -= 1
            postponement = Self.words(holders)
            try await save(record)
        }
        if hasCancelled, failure?.sqlState == .queryCanceled {
            failure = nil
            record.isCancelRequested = true
        }
        if let error = failure, !isSerial, error.isLackOfSharedMemory, (job.settings?.parallelWorkers ?? 0) > 0 {
            isSerial = true
            failure = nil
            tell(.note("the server has too little shared memory for parallel workers: building without them"))
        }
        if failure?.isNameTaken == true, lockAttempts < Self.lockTries {
            // Somebody was faster; the next look sees who, and another name is chosen.
            lockAttempts += 1
            record.attempts -= 1
            failure = nil
            try await pause(Self.lockPause)
            return nil
        }
        if failure == nil, postponement == nil {
            builds += 1
            if job.task == .analyze, !record.isCancelRequested { record.state = .proving }
        }
        return nil
    }

    /// What the statement that has just ended took.
    private func measurement(of job: Job, at place: Job.Target, seconds: Double) -> BuildMeasurement? {
        guard let shape = place.shape, let settings = job.settings, let definition = job.definition else { return nil }
        let spill = notices.contains { $0.message.hasPrefix("hnsw graph no longer fits") }
        return BuildMeasurement(
            shape: shape,
            seconds: max(0, seconds - log.waited),
            // Those of an IVFFlat build are there for a part of it only, so that no look may have met them.
            workers: definition.method == .hnsw && seconds > 3 ? log.workers : settings.parallelWorkers,
            memoryBytes: settings.maintenanceWorkMemoryBytes,
            hasSpilled: definition.method == .hnsw ? spill : nil
        )
    }

    /// Waits for those who wait for the table: a build that begins before them would end in a deadlock with them.
    ///
    /// - Returns: Who waits still after the time that they are given.
    private mutating func queue(at place: Job.Target) async throws(PostgresError) -> [LockingSession]? {
        let end = ContinuousClock.now + queuePatience
        while true {
            let sessions = try await sessions(at: place).filter { $0.awaitedLock != nil }
            if sessions.isEmpty { return nil }
            if ContinuousClock.now >= end || control.isCancelled { return sessions }
            try await pause(Self.lockPause)
        }
    }

    /// Who waits for a lock on the table, and who has one that a job would have to wait for.
    private func sessions(at place: Job.Target) async throws(PostgresError) -> [LockingSession] {
        let statement = LockingSession.statement(PackageResources.table_queue_sql, [place.schema, place.table])
        var sessions: [LockingSession] = []
        for row in try await lookout.read([statement])[0] { sessions.append(try LockingSession(row)) }
        return sessions
    }

    // MARK: Changing what stands

    mutating func drop(
        _ index: String?,
        at place: Job.Target,
        _ tell: Tell
    ) async throws(PostgresError) -> JobRunner.Outcome? {
        guard let index else { return .done }
        let error = try await run([JobStatements.dropping(index, place)], canBeCancelled: false, tell)
        if let givenUp, error?.sqlState == .queryCanceled {
            return failure.map { .failed($0) } ?? .postponed(Self.words(givenUp))
        }
        return error.map { .failed(failure ?? $0) }
    }

    /// Takes free names for those that other relations have, and writes them down before anything gets them.
    private mutating func chooseNames(
        insteadOf conflicts: Set<RelationName>,
        _ site: WorkSite,
        _ save: Save,
        _ tell: Tell
    ) async throws(PostgresError) -> JobRunner.Outcome? {
        takenNames.formUnion(conflicts)
        guard takenNames.count <= Self.namesTried else {
            let name = conflicts.first?.name ?? ""
            return .failed(
                PostgresError(
                    .server,
                    "other relations have each of \(Self.namesTried) names that the index could get, the last of them "
                        + "\(Identifier(name))",
                    hint: "Drop or rename what nobody needs, and let the job be tried again."
                )
            )
        }
        let (job, changes) = record.job.renamed(from: conflicts, besides: takenNames.union(site.ownNames))
        record.job = job
        try await save(record)
        for change in changes {
            tell(
                .note(
                    "another relation is called \(Identifier(change.from)): the index gets the name \(Identifier(change.to))"
                )
            )
        }
        return nil
    }

    private mutating func makeParent(
        of table: QualifiedName,
        named name: String?,
        _ save: Save,
        _ tell: Tell
    ) async throws(PostgresError) -> JobRunner.Outcome? {
        guard case .createIndex(let creation) = record.job.task else { return .done }
        try await enter(.running, save, tell)
        let column = record.job.collection.column
        let statement = JobStatements.makingParent(creation, of: table, column: column, name: name)
        return try await change([statement], tries: max(1, Int(queuePatience / Self.lockTry)))
    }

    /// Changes the catalog in one transaction.
    ///
    /// Where it does not get the lock, the next look decides whether to try again.
    mutating func change(
        _ statements: [String],
        after checks: [Statement] = [],
        tries: Int = lockTries
    ) async throws(PostgresError) -> JobRunner.Outcome? {
        try await change(statements.map { Statement($0) }, after: checks, tries: tries)
    }

    mutating func change(
        _ statements: [Statement],
        after checks: [Statement] = [],
        tries: Int = lockTries
    ) async throws(PostgresError) -> JobRunner.Outcome? {
        do throws(PostgresError) {
            try await session.change(statements, after: checks)
            lockAttempts = 0
        } catch {
            if error.isRefusedAttachment { return .failed(.refusedAttachment) }
            return try await tryAgain(after: error, tries: tries)
        }
        return nil
    }

    /// Lets others go first after a lock could not be had, and leaves the job for later after some tries.
    mutating func tryAgain(
        after error: PostgresError,
        tries: Int = lockTries
    ) async throws(PostgresError) -> JobRunner.Outcome? {
        guard error.code == .server else { throw error }
        lockAttempts += 1
        guard error.sqlState == .lockNotAvailable || error.isNameTaken else { return .failed(error) }
        guard lockAttempts < tries else {
            if error.isNameTaken { return .failed(error) }
            // No failure, which after some more of them would be final: whoever has the lock may go at any time.
            var holders: [LockingSession] = []
            if let place = record.job.targets.first { holders = try await sessions(at: place) }
            return .postponed("\(error.message): \(Self.words(holders.filter { $0.awaitedLock == nil }))")
        }
        try await pause(Self.lockPause)
        return nil
    }
}

extension Job {
    /// Whether a statement of its build holds a value whose type is not PostgreSQL's own.
    fileprivate var composesForeignValue: Bool {
        if case .rebuildIndex(let rebuild) = task, rebuild.isAttached { return false }
        return definition?.holdsForeignValue ?? false
    }
}

extension PostgresError {
    /// A new index that somebody drops each time.
    fileprivate static var lostBuild: PostgresError {
        var error = PostgresError(
            .server,
            "the new index was built twice, and each time there was none, or another one, under its name afterwards",
            hint:
                "Find out who drops or alters indexes whose names begin with vecsteward_build_, then vecsteward jobs retry."
        )
        error.sqlState = .objectNotInPrerequisiteState
        return error
    }

    /// What `attach_guard.sql` makes of an index that it does not let pass.
    fileprivate var isRefusedAttachment: Bool { sqlState == SQLState(rawValue: "22012") }

    /// An index that is attached to another one by its owner alone.
    fileprivate static var refusedAttachment: PostgresError {
        var error = PostgresError(
            .server,
            "one of the two indexes has an expression or a predicate, or an expression partitions the table, and to attach the "
                + "index would run what is in that with the rights of vecsteward",
            hint: "As the owner of the table, ALTER INDEX ... ATTACH PARTITION attaches the index that is built."
        )
        error.sqlState = .objectNotInPrerequisiteState
        return error
    }

    /// An index that only its owner can build.
    fileprivate static var foreignValue: PostgresError {
        var error = PostgresError(
            .server,
            "the key or predicate of the index holds a value of a type that is not PostgreSQL's own, and to read it can run "
                + "code of others with the rights of vecsteward",
            hint: "As the owner of the table, REINDEX INDEX CONCURRENTLY rebuilds the index as it is."
        )
        error.sqlState = .objectNotInPrerequisiteState
        return error
    }
}
