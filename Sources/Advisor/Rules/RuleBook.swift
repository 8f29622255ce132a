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
        let databasePolicy = policies.databasePolicy
        for rule in rules {
            guard let context = Self.context(of: rule, in: snapshot, policy: databasePolicy, limits: limits) else {
                continue
            }
            findings += rule.findings(for: snapshot, in: context)
        }
        for collection in snapshot.collections {
            let policy = policies.policy(for: collection.name)
            for rule in rules {
                guard let context = Self.context(of: rule, in: snapshot, policy: policy, limits: limits) else {
                    continue
                }
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
        for (position, collection) in snapshot.collections.enumerated() {
            let policy = policies.policy(for: collection.name)
            for rule in rules {
                guard let context = Self.context(of: rule, in: snapshot, policy: policy, limits: limits) else {
                    continue
                }
                requests += rule.requests(for: collection, in: context).map { (rule.name, position, $0) }
            }
        }
        return requests
    }

    private static func context(
        of rule: any Rule,
        in snapshot: CatalogSnapshot,
        policy: Policy,
        limits: ResourceLimits
    ) -> RuleContext? {
        let settings = policy.settings(for: rule)
        guard settings.mode != .off else { return nil }
        return RuleContext(
            server: snapshot.server,
            builds: snapshot.builds,
            settings: settings,
            preferences: policy.index,
            limits: limits.on(snapshot.server),
            searchSources: snapshot.searchSources
        )
    }
}
