public import Advisor
public import Postgres

/// Looks at a database and says what is wrong with it and what it would do.
///
/// It writes nothing.
public struct Assessor: Sendable {
    /// How it gets at the database, to be shared with whoever does something there next.
    public let connections: ConnectionPool
    let kinds: JobKinds
    let rules: RuleBook
    let poll: Poll
    let policies: PolicyBook
    let limits: ResourceLimits
    let transaction: ReadOnlyTransaction
    private let setbacks = AnalyzeSetbacks()
    private let rowAges = RowAgeAnswers()

    /// Makes ready to look at a database.
    ///
    /// - Parameters:
    ///   - connections: Where to look.
    ///   - scope: Which collections to look at.
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

    /// Polls once and plans, by estimates where the statistics are not fresh.
    ///
    /// - Returns: What is wrong and what would be done.
    /// - Throws: When the server cannot be reached or does not answer. What it refuses is part of the assessment.
    public func assess() async throws(PostgresError) -> Assessment {
        try await connections.use { (connection) async throws(PostgresError) in
            let estimate = try await estimate(on: &connection, isForActing: false)
            return try await confirm(estimate, isActing: false, on: &connection)
        }
    }

    /// Looks once, without rules: what `grants` needs to know.
    ///
    /// - Returns: What was seen.
    /// - Throws: When the server cannot be reached or does not answer.
    public func observe() async throws(PostgresError) -> CatalogSnapshot {
        try await connections.use { (connection) async throws(PostgresError) in
            var snapshot = try await poll.observe(&connection)
            let collections = Set(snapshot.collections.map(\.name))
            try await IndexDetails(transaction: transaction).complete(&snapshot, of: collections, on: &connection)
            return snapshot
        }
    }

    /// What a poll and the rules say before anything that would act on an estimate is confirmed.
    struct Estimate {
        /// The findings and the plan by estimates.
        var assessment: Assessment
        fileprivate var isForActing: Bool
    }

    /// Polls and plans what rules may do, on a connection that is kept, and changes nothing that the next look goes by.
    ///
    /// - Parameter connection: An open connection.
    /// - Returns: What ``confirm(_:isActing:on:)`` takes.
    /// - Throws: As ``assess()``, and when what is recorded cannot be read though the role may: without it somebody who
    ///   acts would take every index for one that he has never seen.
    func estimate(on connection: inout Connection) async throws(PostgresError) -> Estimate {
        try await estimate(on: &connection, isForActing: true)
    }

    /// Confirms what would act on an estimate, and plans again by that.
    ///
    /// - Parameters:
    ///   - estimate: What a poll has just said.
    ///   - isActing: Whether jobs are going to be queued, so that tables may be analyzed whose rows decide.
    ///   - connection: An open connection.
    /// - Returns: What is wrong and what would be done.
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
        return try await giveFreeNames(planned, snapshot, estimated.queue, estimate.isForActing, on: &connection)
    }

    private func estimate(
        on connection: inout Connection,
        isForActing: Bool
    ) async throws(PostgresError) -> Estimate {
        var snapshot = try await poll.observe(&connection)
        var queue = try await takeState(into: &snapshot, isNeeded: isForActing, on: &connection)
        // After the records, which tell more.
        try await RowAgeReader(statementTimeout: transaction.statementTimeout, answers: rowAges)
            .complete(&snapshot, on: &connection)
        if !isForActing { try await watch(&queue, on: &connection) }
        if queue != nil {
            try await IndexUse(transaction: transaction)
                .complete(&snapshot, policies: policies, isSampling: isForActing, on: &connection)
        }
        return Estimate(assessment: assessment(of: snapshot, queue, isForActing), isForActing: isForActing)
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

    /// Finds out whether there are as many rows as a job asks for.
    var rowConfirmation: RowConfirmation {
        RowConfirmation(transaction: transaction, connections: connections, setbacks: setbacks)
    }

    /// Looks at the jobs that are at work, if there are any.
    private func watch(_ queue: inout QueueSnapshot?, on connection: inout Connection) async throws(PostgresError) {
        let atWork = queue?.entries.map(\.record).filter(\.state.isAtWork) ?? []
        do {
            queue?.activities = try await JobActivityReader.activities(of: atWork, on: &connection)
        } catch {
            // How far a build is matters less than all the rest of the report.
            guard error.code == .server, connection.isUsable else { throw error }
        }
    }

    /// Takes over what is recorded of builds.
    ///
    /// - Returns: The queue, `nil` where there is none or it cannot be read; then a blind spot says so.
    func takeState(
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
            snapshot.take(state.builds, state.evidence)
            snapshot.server.history = state.history
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
