/// The assessment of one database: what the poll read, what is wrong, and what vecsteward would do.
public struct Assessment: Sendable, Equatable {
    /// The snapshot of the poll.
    public let snapshot: CatalogSnapshot
    /// The findings of the rules: the database first, then collections by name.
    public let findings: [Finding]
    /// The planned jobs, in the order in which they would run.
    public let plan: Plan
    /// The queue; `nil` if there is none or the role may not read it.
    ///
    /// No rule uses it.
    public let queue: QueueSnapshot?

    /// Runs the rules and makes the plan.
    ///
    /// - Parameters:
    ///   - snapshot: The snapshot of the poll.
    ///   - policies: The configuration.
    ///   - limits: The resources for a build.
    ///   - queue: The queue.
    ///   - isForActing: Whether the plan contains only jobs that rules may run, and no suggestions.
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

    /// The jobs of the plan that are already in the queue.
    public var queuedWork: QueuedWork { QueuedWork(queue, in: snapshot) }

    /// The estimates that must be confirmed before a job may start, at most one per table.
    ///
    /// A table whose fresh statistics say enough is not among them, nor is one that cannot be confirmed
    /// (``Relation/countBlocker``); the plan refuses the jobs of that one.
    public var confirmations: [Confirmation] {
        struct Key: Hashable {
            var collection: CollectionName
            var relationOID: UInt32
        }
        let wanted = findings.filter(\.asksToAct)
        let positions = snapshot.positions(of: wanted)
        lazy var queued = queuedWork
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
            let isQueued = queued.contains(finding, on: relation)
            if let place = places[key] {
                confirmations[place].needed = max(confirmations[place].needed, needed)
                if !isQueued { confirmations[place].isQueued = false }
                continue
            }
            places[key] = confirmations.count
            confirmations.append(
                Confirmation(
                    collection: name,
                    relationOID: relation.oid,
                    schema: relation.schema,
                    table: relation.table,
                    needed: needed,
                    isQueued: isQueued
                )
            )
        }
        return confirmations
    }
}

extension Assessment {
    /// Whether the rows of a job are an estimate, which must be confirmed before the job starts.
    public func isEstimated(_ job: Job) -> Bool {
        guard job.definition != nil, case .act = job.disposition else { return false }
        return confirmations.contains { confirmation in
            confirmation.collection == job.collection
                && job.targets.contains { $0.schema == confirmation.schema && $0.table == confirmation.table }
        }
    }
}
