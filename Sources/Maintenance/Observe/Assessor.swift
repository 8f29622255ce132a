public import Advisor
public import Postgres

/// Looks at a database and says what is wrong with it and what it would do.
///
/// It writes nothing.
public struct Assessor: Sendable {
    let target: ConnectionTarget
    let poll: Poll
    let policies: PolicyBook
    let limits: BuildLimits
    let connectTimeout: Duration
    let transaction: ReadOnlyTransaction

    /// Makes ready to look at a database.
    ///
    /// - Parameters:
    ///   - target: Where to connect.
    ///   - scope: Which collections to look at.
    ///   - policies: Modes and thresholds of the rules.
    ///   - limits: What a build may take.
    ///   - connectTimeout: How long connecting may take, for each host.
    ///   - statementTimeout: How long a statement may take.
    public init(
        target: ConnectionTarget,
        scope: CollectionScope = CollectionScope(),
        policies: PolicyBook = PolicyBook(),
        limits: BuildLimits = BuildLimits(),
        connectTimeout: Duration = .seconds(5),
        statementTimeout: Duration = .seconds(30)
    ) {
        self.target = target
        poll = Poll(scope: scope, statementTimeout: statementTimeout)
        self.policies = policies
        self.limits = limits
        self.connectTimeout = connectTimeout
        self.transaction = ReadOnlyTransaction(statementTimeout: statementTimeout)
    }

    /// Polls once, confirms by bounded counts what would act on an estimate, and plans.
    ///
    /// - Returns: What is wrong and what would be done.
    /// - Throws: When the server cannot be reached or does not answer. What it refuses is part of the assessment.
    public func assess() async throws(PostgresError) -> Assessment {
        var connection = try await Connection.open(target, timeout: connectTimeout, applicationName: "vecsteward")
        return try await assess(on: &connection)
    }

    /// Looks once, without rules: what `grants` needs to know.
    ///
    /// - Returns: What was seen.
    /// - Throws: When the server cannot be reached or does not answer.
    public func observe() async throws(PostgresError) -> Observation {
        var connection = try await Connection.open(target, timeout: connectTimeout, applicationName: "vecsteward")
        return try await poll.observe(&connection)
    }

    /// Does so on a connection that is kept.
    func assess(on connection: inout Connection) async throws(PostgresError) -> Assessment {
        var observation = try await poll.observe(&connection)
        if observation.server.hasBuildRecords {
            let latest = try await connection.read([Statement(PackageResources.build_latest_sql)], in: transaction)
            observation.take(try latest[0].map { row throws(PostgresError) in try BuildRecord(row) })
        }
        let estimated = assessment(of: observation)
        for confirmation in estimated.confirmations {
            let counted = try await BoundedCount(transaction: transaction).count(confirmation, on: &connection)
            observation.apply(confirmation, counted: counted)
        }
        try await IndexDetails(transaction: transaction)
            .complete(&observation, findings: estimated.findings, on: &connection)
        return assessment(of: observation)
    }

    private func assessment(of observation: Observation) -> Assessment {
        Assessment(observation: observation, policies: policies, limits: limits)
    }
}

extension Observation {
    /// Fills in what vecsteward has recorded of its own builds; an index that somebody rebuilt since is not one of them.
    fileprivate mutating func take(_ builds: [BuildRecord]) {
        let recorded = Dictionary(
            builds.map { ($0.identity, RecordedBuild(rows: $0.rows, source: $0.source, sizeBytes: $0.sizeBytes)) },
            uniquingKeysWith: { first, _ in first }
        )
        for collection in collections.indices {
            for relation in collections[collection].relations.indices {
                for index in collections[collection].relations[relation].indexes.indices {
                    let seen = collections[collection].relations[relation].indexes[index]
                    let identity = IndexIdentity(oid: seen.oid, relfilenode: seen.relfilenode)
                    collections[collection].relations[relation].indexes[index].recorded = recorded[identity]
                }
            }
        }
    }
}
