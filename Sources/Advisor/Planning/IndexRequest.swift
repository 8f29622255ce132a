/// A person's request for one collection.
public enum IndexRequest: Sendable, Equatable {
    /// Create an index, which replaces a usable one for the same distance metric.
    case create(RequestedIndex)
    /// Rebuild its index for the current rows; the name selects one of several.
    case rebuild(index: String?)
}

extension IndexRequest {
    /// The jobs that fulfil the request: one for a plain table; for a partitioned one, up to one for each partition whose
    /// indexes are involved.
    ///
    /// - Parameters:
    ///   - collection: The collection, with the rows confirmed that ``confirmations(for:server:configured:limits:)`` lists.
    ///   - server: The capabilities of the server.
    ///   - configured: The configuration of the collection, for all that the request leaves out.
    ///   - limits: The resources that a build may take.
    ///   - takenNames: ``CatalogSnapshot/takenNames``.
    /// - Returns: At least one job; all of them can run.
    /// - Throws: Why the request cannot be fulfilled.
    public func jobs(
        for collection: Collection,
        server: ServerFacts,
        configured: IndexPreferences,
        limits: ResourceLimits,
        takenNames: [String: Set<String>] = [:]
    ) throws(Blocker) -> [Job] {
        let works = try works(for: collection, server: server, configured: configured, limits: limits.on(server))
        let planner = Planner(server: server, limits: limits, takenNames: takenNames)
        let missing = works.filter { $0.old == nil }
        var planned: [CandidateJob] = []
        if let first = missing.first {
            let choice = IndexChoice(definition: first.definition, reason: first.reason)
            let candidate = candidate(of: missing, in: collection)
            planned.append(planner.creation(candidate, choice))
            planned[0].job.priority = candidate.priority
        }
        for work in works {
            guard let old = work.old else { continue }
            let candidate = candidate(of: [work], in: collection)
            let job = planner.replacement(candidate, of: old, by: work.definition)
            guard var job else { continue }
            job.job.priority = candidate.priority
            planned.append(job)
        }
        var jobs: [Job] = []
        for var plan in planned {
            if let blocker = plan.blocker { throw blocker }
            plan.job.origin = .person
            jobs.append(plan.job)
        }
        return jobs
    }

    /// The row counts to confirm before planning a request: IVFFlat is trained on the existing rows.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - server: The capabilities of the server.
    ///   - configured: The configuration of the collection, for all that the request leaves out.
    ///   - limits: The resources that a build may take.
    /// - Returns: One for each table whose row count is only an estimate.
    /// - Throws: Why the request cannot be fulfilled for any number of rows.
    public func confirmations(
        for collection: Collection,
        server: ServerFacts,
        configured: IndexPreferences,
        limits: ResourceLimits
    ) throws(Blocker) -> [Confirmation] {
        let works = try works(for: collection, server: server, configured: configured, limits: limits.on(server))
        return works.compactMap { work in
            guard case .ivfflat(let lists) = work.definition.parameters, work.relation.countBlocker == nil else {
                return nil
            }
            let needed = Int64(lists * Lists.trainingRows)
            guard !work.relation.isConfirmed(toHave: needed) else { return nil }
            return Confirmation(
                collection: collection.name,
                relationOID: work.relation.oid,
                schema: work.relation.schema,
                table: work.relation.table,
                needed: needed
            )
        }
    }
}

extension IndexRequest {
    /// What vecsteward only assumes about the requested index, and how to settle it, in sentences.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - server: The capabilities of the server.
    ///   - configured: The configuration of the collection, for all that the request leaves out.
    ///   - limits: The resources that a build may take.
    /// - Returns: The sentences; `nil` if nothing is assumed.
    public func doubt(
        for collection: Collection,
        server: ServerFacts,
        configured: IndexPreferences,
        limits: ResourceLimits
    ) -> String? {
        guard case .create(let wish) = self else { return nil }
        let choice = try? wish.choice(
            for: collection,
            configured: configured,
            pgvector: server.pgvector,
            limits: limits
        )
        return choice?.doubt(for: collection.type)
    }
}

extension IndexRequest {
    /// The build on one table or partition.
    private struct Work {
        var relation: Relation
        var definition: IndexDefinition
        var reason = ""
        /// The index that it replaces; `nil` if there is none.
        var old: VectorIndex?
    }

    private func works(
        for collection: Collection,
        server: ServerFacts,
        configured: IndexPreferences,
        limits: ResourceLimits
    ) throws(Blocker) -> [Work] {
        guard !collection.relations.isEmpty else {
            throw Blocker(
                .unbuildable,
                "the table is partitioned and has no partition that stores rows",
                advice: "Create partitions first: vecsteward builds an index on each."
            )
        }
        switch self {
        case .create(let wish):
            let choice = try wish.choice(
                for: collection,
                configured: configured,
                pgvector: server.pgvector,
                limits: limits
            )
            var works: [Work] = []
            for relation in collection.relations {
                works.append(try Self.creation(of: choice, on: relation, replacing: wish.replaces))
            }
            return works
        case .rebuild(let name): return try Self.rebuilds(of: name, in: collection, by: configured.lists)
        }
    }

    private static func creation(
        of choice: IndexChoice,
        on relation: Relation,
        replacing isReplacing: Bool
    ) throws(Blocker) -> Work {
        let distanceMetric = choice.definition.distanceMetric
        // An index on a cast or on a part of the rows answers other queries than the new one.
        let serving = relation.indexes.filter { index in
            index.isUsable && index.distanceMetric == distanceMetric && index.expression == nil
                && index.predicate == nil
        }
        // An invalid index was meant for the same queries, and is dropped once the new one exists.
        let unfulfilled = isReplacing ? relation.indexes.first { $0.isUnfulfilled(for: distanceMetric) } : nil
        let known = serving.first { $0.method == choice.definition.method } ?? serving.first ?? unfulfilled
        guard let old = known else {
            return Work(relation: relation, definition: choice.definition, reason: choice.reason)
        }
        guard isReplacing else {
            throw Blocker(
                .contradiction,
                "an index exists for \(distanceMetric.rawValue): \(old.name)",
                advice: "Without --no-replace vecsteward replaces it: it builds the new one, then drops the old one."
            )
        }
        guard let parameters = old.parameters else {
            throw Blocker(
                .contradiction,
                "index \(old.name) serves \(distanceMetric.rawValue) already, and its method \(old.method) is not one of pgvector's",
                advice:
                    "vecsteward keeps it, since somebody chose its method; to have both, run CREATE INDEX CONCURRENTLY yourself."
            )
        }
        if old.attachedTo != nil, !canBeReindexed(parameters, to: choice.definition.parameters) {
            throw Blocker(
                .contradiction,
                "index \(old.name) belongs to an index of the partitioned table, and so can only be rebuilt as it is",
                advice: "Run vecsteward rebuild, or drop the index of the partitioned table first."
            )
        }
        var definition = choice.definition
        definition.keep(old)
        return Work(relation: relation, definition: definition, reason: choice.reason, old: old)
    }

    /// Whether REINDEX, after a change of lists, turns one index into the other.
    private static func canBeReindexed(
        _ old: IndexDefinition.Parameters,
        to new: IndexDefinition.Parameters
    ) -> Bool {
        switch (old, new) {
        case (.ivfflat, .ivfflat): true
        default: old == new
        }
    }

    /// A candidate whose findings and jobs have the request as their only reason.
    private func candidate(of works: [Work], in collection: Collection) -> PlanCandidate {
        let index = works.first?.old?.name
        let remedy: Remedy = index == nil ? .createIndex : .rebuildIndex
        let findings = works.map { work in
            Finding(
                rule: "request",
                severity: .notice,
                mode: .act,
                collection: collection.name,
                relationOID: work.relation.oid,
                index: index,
                summary: "a person asked for it",
                advice: "",
                remedy: remedy
            )
        }
        let key = PlanCandidate.Key(
            collection: collection.name,
            remedy: remedy,
            relationOID: index == nil ? nil : works.first?.relation.oid,
            index: index
        )
        return PlanCandidate(key: key, collection: collection, findings: findings, isRequest: true)
    }
}

extension IndexRequest {
    private static func rebuilds(
        of name: String?,
        in collection: Collection,
        by preference: ListsPreference
    ) throws(Blocker) -> [Work] {
        var groups: [String: [Work]] = [:]
        var foreign: VectorIndex?
        let roots = Dictionary(collection.partitionedIndexes.map { ($0.oid, $0.name) }) { first, _ in first }
        for relation in collection.relations {
            for index in relation.indexes where !IndexName.isUnderConstruction(index.name) {
                let definition = IndexDefinition.rebuilding(index, on: relation, of: collection, by: preference)
                guard let definition else {
                    foreign = index
                    continue
                }
                let work = Work(relation: relation, definition: definition, old: index)
                // Indexes of partitions that belong together are rebuilt together; each can also be named separately.
                let group = index.attachedTo.flatMap { roots[$0] }
                if group != nil, index.name == name { return [work] }
                groups[group ?? index.name, default: []].append(work)
            }
        }
        if let name {
            guard let group = groups[name] else {
                throw Blocker(
                    .contradiction,
                    "the collection has no index \(name) of a pgvector method",
                    advice: groups.isEmpty ? "It has no pgvector index." : "Its indexes are \(list(groups.keys))."
                )
            }
            return group
        }
        if let foreign, groups.isEmpty {
            throw Blocker(
                .unbuildable,
                "its only index \(foreign.name) is of method \(foreign.method), which is not pgvector's",
                advice: "REINDEX INDEX CONCURRENTLY rebuilds an index of any method."
            )
        }
        guard let group = groups.first?.value else {
            throw Blocker(
                .contradiction,
                "the collection has no index to rebuild",
                advice: "vecsteward create-index creates one."
            )
        }
        guard groups.count == 1 else {
            throw Blocker(
                .contradiction,
                "the collection has \(groups.count) indexes, and vecsteward rebuilds one at a time",
                advice: "Choose one with --index: \(list(groups.keys))."
            )
        }
        return group
    }

    private static func list(_ names: some Sequence<String>) -> String {
        let sorted = names.sorted()
        return sorted.prefix(10).joined(separator: ", ") + (sorted.count > 10 ? ", ..." : "")
    }
}
