/// What a person asks for on one collection.
public enum IndexRequest: Sendable, Equatable {
    /// An index, in the place of a usable one for the same measure where there is one.
    case create(RequestedIndex)
    /// Its index anew, for the rows of today; the name says which one where there are several.
    case rebuild(index: String?)
}

extension IndexRequest {
    /// The jobs that do what is asked for: one for a plain table, and up to one for each partition where indexes that
    /// are there take part.
    ///
    /// - Parameters:
    ///   - collection: The collection, its rows confirmed as far as ``confirmations(for:server:configured:limits:)`` says.
    ///   - server: What the server can do.
    ///   - configured: What holds for the collection where the request says nothing.
    ///   - limits: What a build may take.
    ///   - takenNames: ``CatalogSnapshot/takenNames``.
    /// - Returns: The jobs, at least one, all of which can be carried out.
    /// - Throws: Why it cannot be done.
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

    /// What has to be confirmed before a request can be answered: IVFFlat is trained on rows that are there.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - server: What the server can do.
    ///   - configured: What holds for the collection where the request says nothing.
    ///   - limits: What a build may take.
    /// - Returns: One for each table whose rows are only an estimate.
    /// - Throws: Why the request cannot be done, however many rows there are.
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
    /// What is only guessed of the index that is asked for and how to settle that, in sentences; `nil` where nothing is.
    ///
    /// - Parameters:
    ///   - collection: The collection.
    ///   - server: What the server can do.
    ///   - configured: What holds for the collection where the request says nothing.
    ///   - limits: What a build may take.
    /// - Returns: The sentences.
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
    /// What is to be built on one table or partition.
    private struct Work {
        var relation: Relation
        var definition: IndexDefinition
        var reason = ""
        /// The index that it takes the place of.
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
                "the table is partitioned and has no partition that holds rows",
                advice: "Make partitions first: an index is built on each."
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
        case .rebuild(let name): return try Self.rebuilds(of: name, in: collection)
        }
    }

    private static func creation(
        of choice: IndexChoice,
        on relation: Relation,
        replacing isReplacing: Bool
    ) throws(Blocker) -> Work {
        let distanceMetric = choice.definition.distanceMetric
        // An index of a cast or of a part of the rows answers other queries than the new one.
        let serving = relation.indexes.filter { index in
            index.isUsable && index.distanceMetric == distanceMetric && index.expression == nil
                && index.predicate == nil
        }
        // An invalid one was wanted in the same place, and goes when the new one is there.
        let unfulfilled = isReplacing ? relation.indexes.first { $0.isUnfulfilled(for: distanceMetric) } : nil
        let known = serving.first { $0.method == choice.definition.method } ?? serving.first ?? unfulfilled
        guard let old = known else {
            return Work(relation: relation, definition: choice.definition, reason: choice.reason)
        }
        guard isReplacing else {
            throw Blocker(
                .contradiction,
                "an index exists for \(distanceMetric.rawValue): \(old.name)",
                advice: "Without --no-replace it is replaced: the new one is built beside it, then it is dropped."
            )
        }
        guard let parameters = old.parameters else {
            throw Blocker(
                .contradiction,
                "index \(old.name) serves \(distanceMetric.rawValue) already, and \(old.method) is no method of pgvector",
                advice:
                    "It is left alone, since two methods are a choice: CREATE INDEX CONCURRENTLY makes one beside it by hand."
            )
        }
        if old.attachedTo != nil, !canBeReindexed(parameters, to: choice.definition.parameters) {
            throw Blocker(
                .contradiction,
                "index \(old.name) belongs to an index of the partitioned table, and so can only be rebuilt as it is",
                advice: "Say vecsteward rebuild, or drop the index of the partitioned table first."
            )
        }
        var definition = choice.definition
        definition.keep(old)
        return Work(relation: relation, definition: definition, reason: choice.reason, old: old)
    }

    /// Whether REINDEX, after a change of its lists, makes one index of the other.
    private static func canBeReindexed(
        _ old: IndexDefinition.Parameters,
        to new: IndexDefinition.Parameters
    ) -> Bool {
        switch (old, new) {
        case (.ivfflat, .ivfflat): true
        default: old == new
        }
    }

    /// The findings, drafts and jobs of a request have the one reason there is.
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
    private static func rebuilds(of name: String?, in collection: Collection) throws(Blocker) -> [Work] {
        var groups: [String: [Work]] = [:]
        var foreign: VectorIndex?
        let roots = Dictionary(collection.partitionedIndexes.map { ($0.oid, $0.name) }) { first, _ in first }
        for relation in collection.relations {
            for index in relation.indexes where !IndexName.isUnderConstruction(index.name) {
                guard let definition = IndexDefinition.rebuilding(index, rows: relation.rows(in: index)) else {
                    foreign = index
                    continue
                }
                let work = Work(relation: relation, definition: definition, old: index)
                // Those of partitions that belong together are rebuilt together, and each can be named by itself.
                let group = index.attachedTo.flatMap { roots[$0] }
                if group != nil, index.name == name { return [work] }
                groups[group ?? index.name, default: []].append(work)
            }
        }
        if let name {
            guard let group = groups[name] else {
                throw Blocker(
                    .contradiction,
                    "the collection has no index \(name) that pgvector builds",
                    advice: groups.isEmpty ? "It has none at all." : "Say one of \(list(groups.keys))."
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
                advice: "vecsteward create-index makes one."
            )
        }
        guard groups.count == 1 else {
            throw Blocker(
                .contradiction,
                "the collection has \(groups.count) indexes, and one is rebuilt at a time",
                advice: "Say which with --index: \(list(groups.keys))."
            )
        }
        return group
    }

    private static func list(_ names: some Sequence<String>) -> String {
        let sorted = names.sorted()
        return sorted.prefix(10).joined(separator: ", ") + (sorted.count > 10 ? ", ..." : "")
    }
}
