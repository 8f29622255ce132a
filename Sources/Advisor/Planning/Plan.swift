/// The jobs for the findings of one database, in the order in which they would run.
public struct Plan: Sendable, Equatable {
    /// The jobs, the first to run first.
    public var jobs: [Job]

    /// Turns findings into jobs.
    ///
    /// Findings that ask for the same work become one job with several reasons. The order: statistics first, because
    /// they are cheap and must not overlap with a build; then leftovers, which slow every write; then missing indexes,
    /// the most searched collections first; then rebuilds, the largest growth first.
    ///
    /// - Parameters:
    ///   - findings: The findings of the rules.
    ///   - snapshot: The catalog snapshot that they come from.
    ///   - policies: The configured policies.
    ///   - limits: The resources that a build may take.
    ///   - isForActing: Whether to plan only what rules may do, without suggestions.
    public init(
        findings: [Finding],
        snapshot: CatalogSnapshot,
        policies: PolicyBook,
        limits: ResourceLimits,
        isForActing: Bool = false
    ) {
        let planner = Planner(server: snapshot.server, limits: limits, takenNames: snapshot.takenNames)
        let remediable = findings.filter { $0.remedy != .byHand }
        let positions = snapshot.positions(of: remediable)
        var candidates: [PlanCandidate] = []
        var known: [PlanCandidate.Key: Int] = [:]
        for finding in remediable {
            guard let name = finding.collection, let position = positions[name] else { continue }
            let collection = snapshot.collections[position]
            let key = PlanCandidate.Key(
                collection: name,
                remedy: finding.remedy,
                // A missing index is one job for all partitions of a collection.
                relationOID: finding.remedy == .createIndex ? nil : finding.relationOID,
                index: finding.index,
                isWithheld: finding.remedy == .createIndex && finding.withheld != nil
            )
            if let candidate = known[key] {
                candidates[candidate].findings.append(finding)
            } else {
                known[key] = candidates.count
                candidates.append(PlanCandidate(key: key, collection: collection, findings: [finding]))
            }
        }
        let jobs = candidates.compactMap { candidate -> Job? in
            guard !isForActing || candidate.asksToAct else { return nil }
            var job = planner.job(for: candidate, preferences: policies.policy(for: candidate.key.collection).index)
            job?.priority = candidate.priority
            return job
        }
        self.jobs = jobs.sorted { left, right in
            let (mine, other) = (left.priority, right.priority)
            if mine.rank != other.rank { return mine.rank < other.rank }
            if mine.urgency != other.urgency { return mine.urgency > other.urgency }
            return left.collection < right.collection
        }
    }
}

/// Findings that ask for the same work.
struct PlanCandidate {
    struct Key: Hashable {
        var collection: CollectionName
        var remedy: Remedy
        var relationOID: UInt32?
        var index: String?
        /// A job that a person has to decide on for one partition stays separate from what a rule may do for others.
        var isWithheld = false
    }

    var key: Key
    var collection: Collection
    var findings: [Finding]
    /// Whether a person asks for it, not a rule.
    var isRequest = false

    /// Whether a rule that may act asks for it.
    var asksToAct: Bool { findings.contains(where: \.asksToAct) }

    /// The reasons from the findings; for a person's request, which covers all tables, each only once.
    var reasons: [Job.Reason] {
        let reasons = findings.map { Job.Reason(rule: $0.rule, summary: $0.summary) }
        return isRequest ? Array(reasons.prefix(1)) : reasons
    }

    /// The tables or partitions of the findings.
    var relations: [Relation] {
        collection.relations.filter { relation in findings.contains { $0.relationOID == relation.oid } }
    }

    /// The place of the job in the order of work.
    var priority: Job.Priority {
        guard let spec = key.remedy.spec else { return Job.Priority() }
        return Job.Priority(rank: spec.rank, urgency: spec.urgency(of: findings, on: relations))
    }
}
