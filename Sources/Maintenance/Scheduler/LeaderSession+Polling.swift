internal import Advisor
internal import Postgres

extension LeaderSession {
    /// Polls, reports changes, and, as the leader, queues what the rules may do.
    ///
    /// - Parameters:
    ///   - tables: The tables with running jobs: findings about them may be outdated before they are queued.
    ///   - onEvent: Receives the changes.
    /// - Throws: When the connection is lost, or the server refuses a job.
    mutating func poll(
        exceptOn tables: Set<RelationName>,
        onEvent: (Scheduler.Event) -> Void
    ) async throws(PostgresError) {
        let start = ContinuousClock.now
        let assessment: Assessment
        do throws(PostgresError) {
            // First, because otherwise the poll would read lists that no index has.
            if leadership == .leads { try await settleAlteredIndexes(onEvent: onEvent) }
            let estimate = try await settings.assessor.estimate(on: &session)
            if leadership == .leads {
                // An ANALYZE that confirms rows removes from the catalog what an index was built on.
                let busy = tables.union(estimate.assessment.tablesInUse)
                try await baselines.record(estimate.assessment.snapshot, exceptOn: busy, on: &session)
            }
            assessment = try await settings.assessor.confirm(estimate, isActing: leadership == .leads, on: &session)
        } catch {
            // A slow poll is no reason to release the leader lock, which builds rely on.
            guard session.isUsable, !Task.isCancelled else { throw error }
            return complain(.pollFailed(error), error, onEvent)
        }
        // Also where an instance that is gone had running jobs: a half-built index means nothing to a rule.
        let tables = tables.union(assessment.tablesInUse)
        let changes = try await findingStore.update(
            assessment,
            exceptOn: tables,
            keeping: leadership == .leads,
            repeatingEvery: settings.alertInterval,
            on: &session
        )
        if !changes.isEmpty { onEvent(.findings(changes)) }
        let unreadable = Set((assessment.queue?.unreadable ?? []) + findingStore.unreadable)
        let news = unreadable.subtracting(reportedUnreadable).sorted { $0.id < $1.id }
        reportedUnreadable = unreadable
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

    /// Queues the jobs that the rules may run.
    private mutating func queue(
        _ assessment: Assessment,
        exceptOn tables: Set<RelationName>,
        onEvent: (Scheduler.Event) -> Void
    ) async throws(PostgresError) {
        try await findingStore.prune(keepingDays: settings.historyDays, on: &session)
        try await findingStore.recordUse(of: assessment.snapshot, on: &session)
        try await searchStore.record(assessment.snapshot, on: &session)
        let leftovers = try await settings.kinds.leftovers(in: settings.assessor.transaction, on: &session)
        // A job that gathers evidence has helped once the evidence exists.
        let gathering = assessment.plan.jobs.filter { $0.spec is any EvidenceJobSpec }
        try await judgeRemedies(assessment, besides: leftovers + gathering, exceptOn: tables, onEvent: onEvent)
        let wanted = assessment.plan.jobs.filter { $0.disposition == .act } + leftovers
        let jobs = wanted.filter { job in
            job.tableUse == .shared || !job.targets.contains { tables.contains(RelationName($0)) }
        }
        let queued = try await JobQueue.enqueue(jobs, kinds: settings.kinds, on: &session)
        if !queued.isEmpty { onEvent(.queued(queued)) }
    }

    /// Records which jobs have helped, and reports each that has not once.
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
        reportedRemedies.formIntersection(unhelped.map(\.jobID))
        let news = unhelped.filter { $0.isHeld && isFree($0.jobID) && reportedRemedies.insert($0.jobID).inserted }
        if !news.isEmpty { onEvent(.didNotHelp(news)) }
    }
}

extension Assessment {
    /// The tables of jobs that were started and have not ended.
    fileprivate var tablesInUse: Set<RelationName> {
        let begun = (queue?.entries ?? []).map(\.record).filter { $0.state.isBegun && $0.job.tableUse == .exclusive }
        return Set(begun.compactMap { $0.job.targets.first.map(RelationName.init) })
    }
}
