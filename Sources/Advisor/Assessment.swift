/// All that vecsteward says of one database: what it saw, what is wrong with it, what it would do.
public struct Assessment: Sendable, Equatable {
    /// What was seen.
    public let observation: Observation
    /// What the rules found, the database first, then collections by name.
    public let findings: [Finding]
    /// What would be done, in this order.
    public let plan: Plan
    /// What is queued already, `nil` where there is no queue or the role may not read it.
    ///
    /// No rule goes by it.
    public let queue: ObservedQueue?

    /// Applies the rules and makes the plan.
    ///
    /// - Parameters:
    ///   - observation: What was seen.
    ///   - policies: What is configured.
    ///   - limits: What a build may take.
    ///   - queue: What is queued already.
    ///   - isForActing: Whether the plan is to hold only what rules may do, and no suggestions.
    ///   - sql: Writes the statements that findings advise.
    public init(
        observation: Observation,
        policies: PolicyBook,
        limits: BuildLimits,
        queue: ObservedQueue? = nil,
        isForActing: Bool = false,
        sql: ((AdvisedStatement) -> String)? = nil
    ) {
        self.observation = observation
        self.queue = queue
        var findings = PastRemedies(queue?.remedies ?? [])
            .withholding(
                RuleBook.findings(in: observation, policies: policies, limits: limits),
                in: observation
            )
        if let sql {
            for index in findings.indices where !findings[index].advised.isEmpty {
                findings[index].statements = findings[index].advised.map(sql)
            }
        }
        self.findings = findings
        plan = Plan(
            findings: findings,
            observation: observation,
            policies: policies,
            limits: limits,
            isForActing: isForActing
        )
    }

    /// The jobs of the plan that are in the queue already.
    public var queuedWork: QueuedWork { QueuedWork(queue, in: observation) }

    /// What has to be confirmed before anything acts on an estimate, each table once at the most.
    ///
    /// A table of which fresh statistics say enough is not among them, nor is one that cannot be confirmed
    /// (``Relation/countObstacle``); the jobs of that one are refused.
    public var confirmations: [Confirmation] {
        struct Key: Hashable {
            var collection: CollectionName
            var relationOID: UInt32
        }
        let wanted = findings.filter(\.asksToAct)
        let positions = observation.positions(of: wanted)
        var places: [Key: Int] = [:]
        var confirmations: [Confirmation] = []
        for finding in wanted {
            guard let bound = finding.holdsAboveRows,
                let name = finding.collection, let position = positions[name],
                let relation = observation.collections[position].relations.first(where: {
                    $0.oid == finding.relationOID
                }),
                !relation.isConfirmed(toHave: bound + 1), relation.countObstacle == nil
            else { continue }
            let key = Key(collection: name, relationOID: relation.oid)
            if let place = places[key] {
                confirmations[place].needed = max(confirmations[place].needed, bound + 1)
                continue
            }
            places[key] = confirmations.count
            confirmations.append(
                Confirmation(
                    collection: name,
                    relationOID: relation.oid,
                    schema: relation.schema,
                    table: relation.table,
                    needed: bound + 1
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

/// What has to be known of the rows of one table before a job is begun.
public struct Confirmation: Sendable, Equatable {
    /// The collection.
    public var collection: CollectionName
    /// The table or partition, by its object identifier in the observation.
    public var relationOID: UInt32
    /// Its schema.
    public var schema: String
    /// Its name.
    public var table: String
    /// The job is for a table with so many rows that have a vector, or more.
    public var needed: Int64
}

extension Relation {
    /// Whether it is known, and not only estimated, that so many rows have a vector.
    func isConfirmed(toHave needed: Int64) -> Bool {
        rows.isConfirmed && nullFraction != nil || analysis?.isAtLeast(needed) ?? false
    }
}

extension Observation {
    /// Takes what is known in the place of an estimate.
    ///
    /// - Parameters:
    ///   - confirmation: What was to be confirmed.
    ///   - outcome: What ANALYZE found, or in words why nothing did.
    public mutating func apply(_ confirmation: Confirmation, _ outcome: ConfirmationOutcome) {
        guard let collection = collections.firstIndex(where: { $0.name == confirmation.collection }),
            let relation = collections[collection].relations.firstIndex(where: { $0.oid == confirmation.relationOID })
        else { return }
        switch outcome {
        case .analyzed(let analysis): collections[collection].relations[relation].take(analysis)
        case .impossible(let why): collections[collection].relations[relation].countObstacle = why
        case .tableIsGone:
            collections[collection].relations.remove(at: relation)
            if collections[collection].relations.isEmpty { collections.remove(at: collection) }
        }
    }
}

extension Relation {
    /// Takes over what an ANALYZE found: of what its indexes were built on the statistics that were read before it tell more.
    fileprivate mutating func take(_ analysis: TableAnalysis) {
        for index in indexes.indices {
            let baseline = Baseline.infer(for: indexes[index], on: self)
            indexes[index].baselineBeforeAnalysis = baseline.flatMap { $0.certainty == .guess ? nil : $0 }
        }
        // The row count of a partial index is compared with that of the table, of the same moment.
        if statistics.reltuples > 0 {
            for index in indexes.indices where indexes[index].predicate != nil && indexes[index].reltuples > 0 {
                indexes[index].reltuples *= analysis.rows / statistics.reltuples
            }
        }
        rows = analysis.rows(by: rows)
        nullFraction = analysis.nullFraction ?? nullFraction
        statistics.reltuples = analysis.rows
        statistics.relpages = analysis.pages
        statistics.modifiedSinceAnalyze = analysis.modified
    }
}

/// What came of a confirmation.
public enum ConfirmationOutcome: Sendable, Equatable {
    /// This is what ANALYZE found.
    case analyzed(TableAnalysis)
    /// It could not be confirmed; why, in words.
    case impossible(String)
    /// The table was dropped or renamed meanwhile.
    case tableIsGone
}
