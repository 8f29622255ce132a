/// The only list of all rules, in the order of reports.
public enum RuleBook {
    /// Every rule.
    public static let all: [any Rule] = [
        Advisory(),
        Invalid(),
        UnindexableColumn(),
        Unindexed(),
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
    public static func findings(
        in snapshot: CatalogSnapshot,
        policies: PolicyBook,
        limits: ResourceLimits
    ) -> [Finding] {
        var findings: [Finding] = []
        let databasePolicy = policies.databasePolicy
        for rule in all {
            guard let context = context(of: rule, in: snapshot, policy: databasePolicy, limits: limits) else {
                continue
            }
            findings += rule.findings(for: snapshot, in: context)
        }
        for collection in snapshot.collections {
            let policy = policies.policy(for: collection.name)
            for rule in all {
                guard let context = context(of: rule, in: snapshot, policy: policy, limits: limits) else {
                    continue
                }
                findings += rule.findings(for: collection, in: context)
            }
        }
        return findings
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
            limits: limits.on(snapshot.server)
        )
    }
}
