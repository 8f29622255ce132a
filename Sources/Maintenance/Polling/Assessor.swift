public import Advisor
public import Postgres

/// Polls a database, and assesses what is wrong with it and what vecsteward would do.
///
/// It writes nothing.
public struct Assessor: Sendable {
    /// The connections to the database; later work there can share them.
    public let connections: ConnectionPool
    let kinds: JobKinds
    let rules: RuleBook
    let poll: Poll
    let policies: PolicyBook
    let limits: ResourceLimits
    let transaction: ReadOnlyTransaction
    private let setbacks = AnalyzeSetbacks()
    private let rowAges = RowAgeAnswers()
    private let seenValues = ValueSampleMemory()
    let workload = WorkloadMemory()
    let filters = FilterMemory()

    /// Creates an assessor.
    ///
    /// - Parameters:
    ///   - connections: The connections to the database.
    ///   - scope: The collections to assess.
    ///   - policies: Modes and thresholds of the rules.
    ///   - limits: What a build may take.
    ///   - statementTimeout: How long a statement may take.
    ///   - kinds: The kinds of jobs that it knows in the queue.
    ///   - rules: The rules that it applies.
    public init(
        _ connections: ConnectionPool,
        scope: CollectionScope = CollectionScope(),
        policies: PolicyBook = PolicyBook(),
        limits: ResourceLimits = ResourceLimits(),
        statementTimeout: Duration = .seconds(30),
        kinds: JobKinds = .standard,
        rules: RuleBook = .standard
    ) {
        self.connections = connections
        self.kinds = kinds
        self.rules = rules
        poll = Poll(scope: scope, statementTimeout: statementTimeout)
        self.policies = policies
        self.limits = limits
        self.transaction = ReadOnlyTransaction(statementTimeout: statementTimeout)
    }

    /// Polls once and plans, with estimates if the statistics are not fresh.
    ///
    /// - Returns: The assessment.
    /// - Throws: If the server is unreachable or does not answer. What the server refuses to show is part of the
    ///   assessment.
    public func assess() async throws(PostgresError) -> Assessment {
        try await connections.use { (connection) async throws(PostgresError) in
            let estimate = try await estimate(on: &connection, isForActing: false)
            return try await confirm(estimate, isActing: false, on: &connection)
        }
    }

    /// Polls once without rules, for `grants` and for what people ask for.
    ///
    /// - Parameters:
    ///   - readingSearches: Whether to read how the collections are searched.
    ///   - readingExpressions: Whether to read what indexes on expressions compare; reading searches does that too.
    /// - Returns: The snapshot.
    /// - Throws: If the server is unreachable or does not answer.
    public func observe(
        readingSearches: Bool = false,
        readingExpressions: Bool = false
    ) async throws(PostgresError) -> CatalogSnapshot {
        try await connections.use { (connection) async throws(PostgresError) in
            var snapshot = try await poll.observe(&connection)
            let collections = Set(snapshot.collections.map(\.name))
            try await IndexDetails(transaction: transaction).complete(&snapshot, of: collections, on: &connection)
            let workloadReader = WorkloadReader(transaction: transaction, memory: workload)
            if readingExpressions {
                var state = workload.current
                await workloadReader.readExpressions(of: &snapshot, into: &state)
            }
            if readingSearches {
                try await workloadReader.complete(&snapshot, on: &connection)
                try await completeSearches(of: &snapshot, on: &connection)
            }
            return snapshot
        }
    }

    /// The result of a poll and the rules, before estimates are confirmed.
    struct Estimate {
        /// The findings and the plan, by estimates.
        var assessment: Assessment
        fileprivate var isForActing: Bool
    }

    /// Polls and plans the jobs that rules may run, on a connection that is kept; changes nothing that the next poll
    /// depends on.
    ///
    /// - Parameter connection: An open connection.
    /// - Returns: The input of ``confirm(_:isActing:on:)``.
    /// - Throws: As ``assess()``, and if the recorded state is unreadable although the role may read it: without it a
    ///   leader would take every index for new.
    func estimate(on connection: inout Connection) async throws(PostgresError) -> Estimate {
        try await estimate(on: &connection, isForActing: true)
    }

    /// Confirms the estimates that jobs depend on, and plans again.
    ///
    /// - Parameters:
    ///   - estimate: The result of a poll.
    ///   - isActing: Whether jobs will be queued, so that tables whose rows decide may be analyzed.
    ///   - connection: An open connection.
    /// - Returns: The assessment.
    /// - Throws: As ``assess()``.
    func confirm(
        _ estimate: Estimate,
        isActing: Bool,
        on connection: inout Connection
    ) async throws(PostgresError) -> Assessment {
        let estimated = estimate.assessment
        var snapshot = estimated.snapshot
        let confirmations = estimated.confirmations
        try await rowConfirmation.confirm(
            confirmations,
            in: &snapshot,
            isAnalyzing: isActing,
            on: &connection
        )
        let hasDetails = try await IndexDetails(transaction: transaction)
            .complete(&snapshot, findings: estimated.findings, on: &connection)
        let building = Set(estimated.plan.jobs.filter { $0.definition != nil }.map(\.collection))
        let hasEqualValues = try await ValueStatistics(transaction: transaction)
            .complete(&snapshot, of: building, on: &connection)
        let planned =
            hasDetails || hasEqualValues || !confirmations.isEmpty
            ? assessment(of: snapshot, estimated.queue, estimate.isForActing) : estimated
        let named = try await giveFreeNames(planned, snapshot, estimated.queue, estimate.isForActing, on: &connection)
        guard isActing else { return named }
        return try await sampleValues(named, estimate.isForActing)
    }

    /// Plans again with what vectors show of equal rows, if there are new jobs whose prediction depends on them.
    private func sampleValues(_ planned: Assessment, _ isForActing: Bool) async throws(PostgresError) -> Assessment {
        let queued = planned.queuedWork
        let new = planned.plan.jobs.filter { job in
            job.disposition == .act && job.definition?.method == .hnsw && queued.entries(for: job) == nil
        }
        var snapshot = planned.snapshot
        let isAny = try await valueSample.complete(&snapshot, of: Set(new.map(\.collection)))
        return isAny ? assessment(of: snapshot, planned.queue, isForActing) : planned
    }

    /// Reads vectors to see how many are equal.
    var valueSample: ValueSample { ValueSample(connections: connections, memory: seenValues) }

    private func estimate(
        on connection: inout Connection,
        isForActing: Bool
    ) async throws(PostgresError) -> Estimate {
        var snapshot = try await poll.observe(&connection)
        // Before the records, which have those of the last day.
        try await WorkloadReader(transaction: transaction, memory: workload).complete(&snapshot, on: &connection)
        var queue = try await readState(into: &snapshot, isNeeded: isForActing, on: &connection)
        // After the records, which show searches that the configuration says more of.
        try await completeSearches(of: &snapshot, on: &connection)
        try await LatestBuilds(transaction: transaction).complete(&snapshot, on: &connection)
        // After the records, which say more.
        try await RowAgeReader(statementTimeout: transaction.statementTimeout, answers: rowAges)
            .complete(&snapshot, on: &connection)
        if !isForActing { try await watch(&queue, on: &connection) }
        if queue != nil {
            try await IndexUse(transaction: transaction)
                .complete(&snapshot, policies: policies, isSampling: isForActing, on: &connection)
        }
        return Estimate(assessment: assessment(of: snapshot, queue, isForActing), isForActing: isForActing)
    }

    /// Adds what the configuration says of the searches, and what the server knows of the columns that they filter by.
    private func completeSearches(
        of snapshot: inout CatalogSnapshot,
        on connection: inout Connection
    ) async throws(PostgresError) {
        try await configuredSearches.complete(&snapshot, on: &connection)
        try await FilterColumns(transaction: transaction, memory: filters).complete(&snapshot, on: &connection)
    }

    /// Plans again until no relation has a name that the plan gives.
    private func giveFreeNames(
        _ planned: Assessment,
        _ seen: CatalogSnapshot,
        _ queue: QueueSnapshot?,
        _ isForActing: Bool,
        on connection: inout Connection
    ) async throws(PostgresError) -> Assessment {
        var (planned, snapshot) = (planned, seen)
        for _ in 1...TakenNames.tries {
            let taken = try await TakenNames(transaction: transaction).among(planned.plan.jobs, on: &connection)
            if taken.isEmpty { return planned }
            for name in taken { snapshot.takenNames[name.schema, default: []].insert(name.name) }
            planned = assessment(of: snapshot, queue, isForActing)
        }
        return planned
    }

    /// Adds the searches that the configuration states.
    var configuredSearches: ConfiguredSearchReader {
        ConfiguredSearchReader(transaction: transaction, policies: policies)
    }

    /// Checks whether tables have as many rows as jobs need.
    var rowConfirmation: RowConfirmation {
        RowConfirmation(transaction: transaction, connections: connections, setbacks: setbacks)
    }

    /// Adds the progress of running jobs, and who keeps others from their tables, if there are any.
    private func watch(_ queue: inout QueueSnapshot?, on connection: inout Connection) async throws(PostgresError) {
        let begun = queue?.entries.map(\.record).filter(\.state.isBegun) ?? []
        do {
            queue?.activities = try await JobActivityReader.activities(of: begun, on: &connection)
            if var entries = queue?.entries {
                try await JobQueue.addHolders(to: &entries, on: &connection)
                queue?.entries = entries
            }
        } catch {
            // The progress of a build is less important than the rest of the report.
            guard error.code == .server, connection.isUsable else { throw error }
        }
    }

    /// Adds the recorded builds.
    ///
    /// - Returns: The queue; `nil` if there is none or it is unreadable, which ``CatalogSnapshot/missingPrivileges``
    ///   then reports.
    func readState(
        into snapshot: inout CatalogSnapshot,
        isNeeded: Bool,
        on connection: inout Connection
    ) async throws(PostgresError) -> QueueSnapshot? {
        guard snapshot.server.state?.isReadable == true else { return nil }
        do {
            let state = try await RecordedState.read(on: &connection, in: transaction, kinds: kinds)
            if !state.isOfThisVersion {
                snapshot.missingPrivileges.append(MissingPrivileges.stateVersion(state.version))
            }
            snapshot.add(state.builds, state.evidence)
            snapshot.server.history = state.history
            snapshot.add(state.searches)
            snapshot.missingPrivileges += (state.queue?.unreadable ?? []).prefix(20).map(MissingPrivileges.unreadable)
            return state.queue
        } catch {
            guard !isNeeded, error.code == .server, connection.isUsable else { throw error }
            snapshot.missingPrivileges.append(MissingPrivileges.unreadState(error))
            return nil
        }
    }

    private func assessment(
        of snapshot: CatalogSnapshot,
        _ queue: QueueSnapshot?,
        _ isForActing: Bool
    ) -> Assessment {
        Assessment(
            snapshot: snapshot,
            policies: policies,
            limits: limits,
            queue: queue,
            isForActing: isForActing,
            rules: rules,
            kinds: kinds,
            sql: AdvisedSQL.text
        )
    }
}
