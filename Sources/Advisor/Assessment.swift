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
    public init(
        observation: Observation,
        policies: PolicyBook,
        limits: BuildLimits,
        queue: ObservedQueue? = nil,
        isForActing: Bool = false
    ) {
        self.observation = observation
        self.queue = queue
        findings = RuleBook.findings(in: observation, policies: policies, limits: limits)
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

    /// The row counts that must be made before anything acts on an estimate, one for each table at the most.
    ///
    /// A table that cannot be counted (``Relation/countObstacle``) is not among them; its jobs are refused.
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
                !relation.rows.isConfirmed, relation.countObstacle == nil
            else { continue }
            let key = Key(collection: name, relationOID: relation.oid)
            if let place = places[key] {
                confirmations[place].limit = max(confirmations[place].limit, bound + 1)
                continue
            }
            places[key] = confirmations.count
            confirmations.append(
                Confirmation(
                    collection: name,
                    relationOID: relation.oid,
                    schema: relation.schema,
                    table: relation.table,
                    limit: bound + 1
                )
            )
        }
        return confirmations
    }
}

/// A count of the rows of one table that stops at a limit.
public struct Confirmation: Sendable, Equatable {
    /// The collection.
    public var collection: CollectionName
    /// The table or partition, by its object identifier in the observation.
    public var relationOID: UInt32
    /// Its schema.
    public var schema: String
    /// Its name.
    public var table: String
    /// The count goes no further than this.
    public var limit: Int64
}

extension Observation {
    /// Takes a count in the place of an estimate.
    ///
    /// - Parameters:
    ///   - confirmation: What was counted.
    ///   - counted: The rows that were counted, or in words why they could not be.
    public mutating func apply(_ confirmation: Confirmation, counted: CountOutcome) {
        guard let collection = collections.firstIndex(where: { $0.name == confirmation.collection }),
            let relation = collections[collection].relations.firstIndex(where: { $0.oid == confirmation.relationOID })
        else { return }
        switch counted {
        case .rows(let rows) where rows >= confirmation.limit:
            let estimate = collections[collection].relations[relation].rows.value
            collections[collection].relations[relation].rows = RowCount(max(estimate, rows), .countedAtLeast)
        case .rows(let rows):
            collections[collection].relations[relation].rows = RowCount(rows, .counted)
        case .impossible(let why):
            collections[collection].relations[relation].countObstacle = why
        case .tableIsGone:
            collections[collection].relations.remove(at: relation)
            if collections[collection].relations.isEmpty { collections.remove(at: collection) }
        }
    }
}

/// What came of a bounded count.
public enum CountOutcome: Sendable, Equatable {
    /// So many rows, up to the limit.
    case rows(Int64)
    /// The rows could not be counted; why, in words.
    case impossible(String)
    /// The table was dropped meanwhile.
    case tableIsGone
}
