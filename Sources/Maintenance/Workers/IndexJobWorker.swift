internal import Advisor
internal import Postgres

/// Runs a job on the indexes or the statistics of a table.
///
/// Before each step it reads the catalog, which determines the step (``NextStep``).
struct IndexJobWorker: JobWorker {
    /// How often it reads the activity of a running statement.
    static let interval = Duration.seconds(1)
    /// How many times it tries for a short lock, each time for a second, with pauses for the others in between.
    static let lockTries = 60
    /// How many names that other relations have a job replaces before it fails.
    static let namesTried = 100
    static let lockPause = Duration.milliseconds(500)
    static let lockTry = Duration.milliseconds(1_500)

    let connections: ConnectionPool
    let policies: PolicyBook
    let session: JobSession
    let control: JobControl
    let isHostKnown: Bool
    let queuePatience: Duration
    let lendingPatience: Duration
    var record: JobRecord
    let catalogReader: JobCatalogReader
    var failure: PostgresError?
    var log = ActivityTracker()
    var notices: [Notice] = []
    var awaited: IndexJobContext.Worker?
    var hasCancelled = false
    private var isSerial = false
    var lockAttempts = 0
    /// Since when a foreign session has been working on the table; `nil` if none is.
    var strangerSince: ContinuousClock.Instant?
    /// The sessions that a statement waited for, if it was cancelled because it had waited too long.
    var givenUp: [LockingSession]?
    /// Whether the statement that was cancelled for these had begun, so that it has left an index that is not built.
    var hasBegunInVain = false
    /// Why the build is postponed; `nil` if it is not.
    private var postponement: String?
    var proven: IndexIdentity?
    var compared: IndexIdentity?
    var builds = 0
    /// The measured cost of the statement that built the index; `nil` if this worker has built none.
    var measurement: BuildMeasurement?
    /// Whether this retry of a job that failed for a passing reason is not counted yet.
    var isUncountedRetry: Bool
    /// Names that other relations were seen to have while the job was running.
    var takenNames: Set<RelationName> = []

    init(_ record: JobRecord, in context: JobContext) {
        self.record = record
        isUncountedRetry = record.state == .waiting
        connections = context.connections
        policies = context.policies
        session = JobSession(context.connections, jobID: record.id)
        control = context.control
        catalogReader = context.catalogReader
        isHostKnown = context.isHostKnown
        queuePatience = context.queuePatience
        lendingPatience = context.lendingPatience
    }

    /// Reads the catalog and takes the next step until there is none; in the end, the new index is in its place, or nothing
    /// of it is left.
    mutating func carryOut(save: Save, onEvent: EventHandler) async throws(PostgresError) -> JobOutcome {
        guard let place = record.job.targets.first else { return .cancelled("the job is about no table") }
        let outcome = try await carryOutSteps(save, onEvent)
        await setBack(onEvent)
        guard case .failed(let error) = outcome else { return outcome }
        return .failed(try await clearAway(after: error, at: record.job.targets.first ?? place, onEvent))
    }

    private mutating func carryOutSteps(_ save: Save, _ onEvent: EventHandler) async throws(PostgresError)
        -> JobOutcome
    {
        // A started job may be running in a session that this one waits for.
        if record.state == .queued || record.state == .waiting { session.openAhead() }
        while true {
            // With the current names: a job may choose others as it proceeds.
            guard let place = record.job.targets.first else { return .cancelled("the job is about no table") }
            if control.isCancelled { record.isCancelRequested = true }
            let context = try await catalogReader.context(of: record)
            let outcome: JobOutcome?
            let step = record.nextStep(at: context)
            if !step.isForStranger { strangerSince = nil }
            switch step {
            case .await(let worker): outcome = try await wait(for: worker, at: place, onEvent)
            case .build:
                if try await keepRecall(besides: context.ownNames, onEvent) { continue }
                outcome = try await build(context.old, at: place, save, onEvent)
            case .dropLeftover: outcome = try await dropLeftover(context.building, at: place, save, onEvent)
            case .giveBack(let name, let former):
                let reason = "somebody dropped the new index; the old one has its name again"
                let statement = JobStatements.rename(name, to: former, schema: place.schema)
                let attempts = lockAttempts
                outcome = try await change([statement]) ?? (lockAttempts > attempts ? nil : .cancelled(reason))
            case .proveAndSwap: outcome = try await proveAndSwap(context, at: place, save, onEvent)
            case .dropOld(let name):
                if let error = try await objection(to: name, at: context) { return .failed(error) }
                try await enter(.cleaning, save, onEvent)
                outcome = try await drop(name, at: place, onEvent)
            case .makeParent(let schema, let table, let name):
                outcome = try await makeParent(of: Identifier.qualified(schema, table), named: name, save, onEvent)
            case .attach(let schema, let index, let parentSchema, let parent):
                try await enter(context.finished == nil ? .running : .swapping, save, onEvent)
                let statement = JobStatements.attaching(
                    Identifier.qualified(schema, index),
                    to: Identifier.qualified(parentSchema, parent)
                )
                let guarding = Statement(PackageResources.attach_guard_sql, [schema, index, parentSchema, parent])
                outcome = try await change([statement], after: [guarding])
            case .chooseNames(let conflicts):
                outcome = try await chooseNames(insteadOf: conflicts, context, save, onEvent)
            case .finish: outcome = .done
            case .cancel(let reason): outcome = .cancelled(reason)
            case .postpone(let reason): outcome = .postponed(reason)
            }
            if let outcome { return outcome }
        }
    }

    mutating func enter(_ state: JobState, _ save: Save, _ onEvent: EventHandler) async throws(PostgresError) {
        if record.state != state || state == .running { onEvent(.enters(state)) }
        record.state = state
        standAside()
        try await save(record)
    }

    private mutating func build(
        _ old: IndexJobContext.CatalogIndex?,
        at place: Job.Target,
        _ save: Save,
        _ onEvent: EventHandler
    ) async throws(PostgresError) -> JobOutcome? {
        // The failed build is cleaned up; the scheduler decides whether to retry.
        if let failure { return .failed(failure) }
        if let postponement { return .postponed(postponement) }
        if record.job.composesForeignValue { return .failed(.foreignValue) }
        if let waiting = try await queue(at: place) {
            let verb = waiting.count == 1 ? "waits" : "wait"
            return control.isCancelled ? nil : .postponed("\(waiting.words) \(verb) for a lock on the table")
        }
        // REINDEX builds what the catalog says.
        if let rebuild = record.job.spec as? RebuildIndex, rebuild.isAttached, let old, !old.fits,
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
        // An index that was built and is gone, or is not what was asked for, is not rebuilt for ever.
        if record.job.definition != nil, builds > 1 { return .failed(.lostBuild) }
        record.attempts += 1
        log = ActivityTracker()
        try await enter(.running, save, onEvent)
        var job = record.job
        if job.definition != nil {
            let answers = try await catalogReader.read(Preflight.statements(job))
            let preflight = try Preflight(job, answers, checkingHost: isHostKnown)
            if let blocker = preflight.blocker { return .failed(blocker) }
            if let missingPrivilege = preflight.missingPrivilege { onEvent(.note(missingPrivilege)) }
            if !preflight.holders.isEmpty {
                onEvent(.note("the build will have to wait for \(preflight.holders.words) before it finishes"))
            }
            if let workers = preflight.workers {
                if let note = workers.note { onEvent(.note(note)) }
                job.settings?.parallelWorkers = workers.number
            }
            if isSerial { job.settings?.parallelWorkers = 0 }
        }
        let settings = JobStatements.settings(job)
        let start = ContinuousClock.now
        failure = try await run(
            JobStatements.building(job, place),
            with: settings,
            canBeCancelled: true,
            mayGiveUp: true,
            onEvent
        )
        if failure == nil,
            let measured = measure(job, at: place, seconds: start.duration(to: .now) / .seconds(1))
        {
            measurement = measured
        }
        if let holders = givenUp, failure?.sqlState == .queryCanceled {
            failure = nil
            // It did not start, and it may have to wait like this any number of times.
            record.attempts -= 1
            postponement = Self.words(holders)
            try await save(record)
            // Dropping what is left would wait for the same sessions; the next try begins with that.
            if hasBegunInVain, let postponement { return .postponed(postponement) }
        }
        if hasCancelled, failure?.sqlState == .queryCanceled {
            failure = nil
            record.isCancelRequested = true
        }
        if let error = failure, !isSerial, error.isLackOfSharedMemory, (job.settings?.parallelWorkers ?? 0) > 0 {
            isSerial = true
            failure = nil
            onEvent(.note("the server has too little shared memory for parallel workers: building without them"))
        }
        if failure?.isNameTaken == true, lockAttempts < Self.lockTries {
            // Another relation took the name; the next reading of the catalog sees it, and chooses another name.
            lockAttempts += 1
            record.attempts -= 1
            failure = nil
            try await pause(Self.lockPause)
            return nil
        }
        if failure == nil, postponement == nil {
            builds += 1
            if job.spec is Analyze, !record.isCancelRequested { record.state = .proving }
        }
        return nil
    }

    /// The measured cost of the statement that has just ended.
    private func measure(_ job: Job, at place: Job.Target, seconds: Double) -> BuildMeasurement? {
        guard let shape = place.shape, let settings = job.settings, let definition = job.definition else { return nil }
        let spill = notices.contains { $0.message.hasPrefix("hnsw graph no longer fits") }
        return BuildMeasurement(
            shape: shape,
            seconds: max(0, seconds - log.waited),
            // The workers of an IVFFlat build run for a part of it only, so that no reading may have seen them.
            workers: definition.method == .hnsw && seconds > 3 ? log.workers : settings.parallelWorkers,
            memoryBytes: settings.maintenanceWorkMemoryBytes,
            hasSpilled: definition.method == .hnsw ? spill : nil,
            phases: definition.method == .ivfflat ? log.phaseTimes.phases(of: max(0, seconds - log.waited)) : nil
        )
    }
}

extension Job {
    /// Whether a statement of its build holds a value whose type is not PostgreSQL's own.
    fileprivate var composesForeignValue: Bool {
        if indexSpec?.isInPlace == true { return false }
        return definition?.holdsForeignValue ?? false
    }
}

extension PostgresError {
    /// The error for a new index that somebody drops each time.
    fileprivate static var lostBuild: PostgresError {
        .unmetPrerequisite(
            "vecsteward built the new index twice, and each time it was gone, or another had taken its name, afterwards",
            hint:
                "Find out who drops or alters indexes whose names begin with vecsteward_build_, then run vecsteward jobs "
                + "retry."
        )
    }

    /// The error for an index that only its owner can safely build.
    fileprivate static var foreignValue: PostgresError {
        .unmetPrerequisite(
            "the key or predicate of the index contains a value of a type that is not PostgreSQL's own; parsing it could run "
                + "code of others with vecsteward's privileges",
            hint: "As the owner of the table, REINDEX INDEX CONCURRENTLY rebuilds the index as it is."
        )
    }
}
