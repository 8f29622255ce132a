/// Rules, in the order of reports.
public struct RuleBook: Sendable {
    private let rules: [any Rule]

    /// Every rule of vecsteward.
    public static let standard = RuleBook(all)

    /// Creates a book of these rules.
    public init(_ rules: [any Rule]) { self.rules = rules }

    /// The only list of all rules.
    public static let all: [any Rule] = [
        Advisory(),
        Invalid(),
        UnindexableColumn(),
        Unindexed(),
        WrongMeasure(),
        WrongExpression(),
        SearchSettings(),
        Filtered(),
        Cold(),
        LowRecall(),
        BuiltTooEarly(),
        Outgrown(),
        Churned(),
        Redundant(),
        Unused(),
        StaleStatistics(),
    ]

    /// The rule with this name.
    public static func rule(named name: String) -> (any Rule)? { all.first { $0.name == name } }

    /// Runs all rules on a snapshot.
    ///
    /// The order of the findings is stable: the database first, then collections by name, each in the order of the
    /// rules.
    ///
    /// - Parameters:
    ///   - snapshot: The snapshot of the poll.
    ///   - policies: The configuration.
    ///   - limits: The resources for a build.
    /// - Returns: The findings.
    public func findings(
        in snapshot: CatalogSnapshot,
        policies: PolicyBook,
        limits: ResourceLimits
    ) -> [Finding] {
        var findings: [Finding] = []
        var context = RuleContext(of: snapshot, limits: limits)
        for rule in rules where context.apply(rule, policies.databasePolicy) {
            findings += rule.findings(for: snapshot, in: context)
        }
        for collection in snapshot.collections {
            let policy = policies.policy(for: collection.name)
            for rule in rules where context.apply(rule, policy) {
                findings += rule.findings(for: collection, in: context)
            }
        }
        return findings
    }

    /// Collects the requests of the rules that are not off, beside those of their findings.
    ///
    /// - Parameters:
    ///   - snapshot: The snapshot of the poll.
    ///   - policies: The configuration.
    ///   - limits: The resources for a build.
    /// - Returns: Each request with its rule and the position of its collection.
    public func requests(
        in snapshot: CatalogSnapshot,
        policies: PolicyBook,
        limits: ResourceLimits
    ) -> [(rule: String, collection: Int, request: EvidenceRequest)] {
        var requests: [(rule: String, collection: Int, request: EvidenceRequest)] = []
        var context = RuleContext(of: snapshot, limits: limits)
        for (position, collection) in snapshot.collections.enumerated() {
            let policy = policies.policy(for: collection.name)
            for rule in rules where context.apply(rule, policy) {
                requests += rule.requests(for: collection, in: context).map { (rule.name, position, $0) }
            }
        }
        return requests
    }
}

extension RuleContext {
    /// A context for the rules of one poll, of which ``apply(_:_:)`` changes what differs from rule to rule: a new one for each
    /// of thousands of collections would copy all of it.
    fileprivate init(of snapshot: CatalogSnapshot, limits: ResourceLimits) {
        self.init(
            server: snapshot.server,
            builds: snapshot.builds,
            settings: RuleSettings(mode: .off, values: [:]),
            preferences: IndexPreferences(),
            limits: limits.on(snapshot.server),
            searchSources: snapshot.searchSources,
            hasConfiguredQueries: false
        )
    }

    /// Takes the settings of a rule; false if it is off.
    fileprivate mutating func apply(_ rule: any Rule, _ policy: Policy) -> Bool {
        settings = policy.settings(for: rule)
        preferences = policy.index
        hasConfiguredQueries = policy.queries != nil
        return settings.mode != .off
    }
}
