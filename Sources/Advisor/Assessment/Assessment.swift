/// All that vecsteward says of one database: what it saw, what is wrong with it, what it would do.
public struct Assessment: Sendable, Equatable {
    /// What was seen.
    public let snapshot: CatalogSnapshot
    /// What the rules found, the database first, then collections by name.
    public let findings: [Finding]
    /// What would be done, in this order.
    public let plan: Plan
    /// What is queued already, `nil` where there is no queue or the role may not read it.
    ///
    /// No rule goes by it.
    public let queue: QueueSnapshot?

    /// Applies the rules and makes the plan.
    ///
    /// - Parameters:
    ///   - snapshot: What was seen.
    ///   - policies: What is configured.
    ///   - limits: What a build may take.
    ///   - queue: What is queued already.
    ///   - isForActing: Whether the plan is to hold only what rules may do, and no suggestions.
    ///   - rules: The rules.
    ///   - kinds: The kinds of jobs, some of which gather evidence.
    ///   - sql: Writes the statements that findings advise.
    public init(
        snapshot: CatalogSnapshot,
        policies: PolicyBook,
        limits: ResourceLimits,
        queue: QueueSnapshot? = nil,
        isForActing: Bool = false,
        rules: RuleBook = .standard,
        kinds: JobKinds = .standard,
        sql: ((AdvisedStatement) -> String)? = nil
    ) {
        self.snapshot = snapshot
        self.queue = queue
        var findings = PastRemedies(queue?.remedies ?? [])
            .withholding(
                rules.findings(in: snapshot, policies: policies, limits: limits),
                in: snapshot
            )
        if let sql {
            for index in findings.indices where !findings[index].advised.isEmpty {
                findings[index].statements = findings[index].advised.map(sql)
            }
        }
        self.findings = findings
        var plan = Plan(
            findings: findings,
            snapshot: snapshot,
            policies: policies,
            limits: limits,
            isForActing: isForActing
        )
        plan.jobs +=
            EvidencePlan(
                rules.requests(in: snapshot, policies: policies, limits: limits),
                in: snapshot,
                kinds: kinds
            ).jobs
        self.plan = plan
    }

    /// The jobs of the plan that are in the queue already.
    public var queuedWork: QueuedWork { QueuedWork(queue, in: snapshot) }

    /// What has to be confirmed before anything acts on an estimate, each table once at the most.
    ///
    /// A table of which fresh statistics say enough is not among them, nor is one that cannot be confirmed
    /// (``Relation/countBlocker``); the jobs of that one are refused.
    public var confirmations: [Confirmation] {
        struct Key: Hashable {
            var collection: CollectionName
            var relationOID: UInt32
        }
        let wanted = findings.filter(\.asksToAct)
        let positions = snapshot.positions(of: wanted)
        var places: [Key: Int] = [:]
        var confirmations: [Confirmation] = []
        for finding in wanted {
            guard let needed = finding.neededRows,
                let name = finding.collection, let position = positions[name],
                let relation = snapshot.collections[position].relations.first(where: {
                    $0.oid == finding.relationOID
                }),
                !relation.isConfirmed(toHave: needed), relation.countBlocker == nil
            else { continue }
            let key = Key(collection: name, relationOID: relation.oid)
            if let place = places[key] {
                confirmations[place].needed = max(confirmations[place].needed, needed)
                continue
            }
            places[key] = confirmations.count
            confirmations.append(
                Confirmation(
                    collection: name,
                    relationOID: relation.oid,
                    schema: relation.schema,
                    table: relation.table,
                    needed: needed
                )
            )
        }
        return confirmations
    }
}

extension Assessment {
    /// Whether the rows that a job is about are an estimate, which is confirmed before the job is begun.
    public func isEstimated(_ job: Job) -> Bool {
        guard job.definition != nil, case .act = job.disposition else { return false }
        return confirmations.contains { confirmation in
            confirmation.collection == job.collection
                && job.targets.contains { $0.schema == confirmation.schema && $0.table == confirmation.table }
        }
    }
}
