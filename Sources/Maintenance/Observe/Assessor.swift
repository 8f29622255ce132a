public import Advisor
public import Postgres

/// Looks at a database and says what is wrong with it and what it would do. It writes nothing.
public struct Assessor: Sendable {
    private let target: ConnectionTarget
    private let scope: CollectionScope
    private let policies: PolicyBook
    private let limits: BuildLimits
    private let connectTimeout: Duration
    private let transaction: ReadOnlyTransaction

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
        self.scope = scope
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
        let assessment: Assessment
        do {
            assessment = try await assess(on: &connection)
        } catch {
            connection.close()
            throw error
        }
        connection.close()
        return assessment
    }

    /// Looks once, without rules: what `grants` needs to know.
    ///
    /// - Returns: What was seen.
    /// - Throws: When the server cannot be reached or does not answer.
    public func observe() async throws(PostgresError) -> Observation {
        var connection = try await Connection.open(target, timeout: connectTimeout, applicationName: "vecsteward")
        let observation: Observation
        do {
            observation = try await Poll(transaction: transaction, scope: scope).observe(&connection)
        } catch {
            connection.close()
            throw error
        }
        connection.close()
        return observation
    }

    private func assess(on connection: inout Connection) async throws(PostgresError) -> Assessment {
        var observation = try await Poll(transaction: transaction, scope: scope).observe(&connection)
        var assessment = assessment(of: observation)
        let confirmations = assessment.confirmations
        for confirmation in confirmations {
            let counted = try await BoundedCount(transaction: transaction).count(confirmation, on: &connection)
            observation.apply(confirmation, counted: counted)
        }
        try await IndexSizes(transaction: transaction)
            .measure(&observation, findings: assessment.findings, on: &connection)
        assessment = self.assessment(of: observation)
        return assessment
    }

    private func assessment(of observation: Observation) -> Assessment {
        Assessment(observation: observation, policies: policies, limits: limits)
    }
}
