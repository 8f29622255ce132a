/// Turns a candidate into a job: parameters, names, settings, predictions and blockers.
struct Planner {
    let server: ServerFacts
    /// The resources that a build may take on that server.
    let limits: ResourceLimits
    /// ``CatalogSnapshot/takenNames``.
    let takenNames: [String: Set<String>]

    init(server: ServerFacts, limits: ResourceLimits, takenNames: [String: Set<String>] = [:]) {
        self.server = server
        self.limits = limits.on(server)
        self.takenNames = takenNames
    }

    /// The known names that an index of a collection cannot get.
    private func taken(in collection: Collection) -> Set<String> {
        let tables = collection.partitionedTables
        let indexes =
            collection.relations.flatMap(\.indexes) + collection.partitionedIndexes + tables.flatMap(\.indexes)
        let schemas = Set(collection.relations.map(\.schema) + [collection.name.schema] + tables.map(\.schema))
        return schemas.reduce(into: Set(indexes.map(\.name))) { $0.formUnion(takenNames[$1] ?? []) }
    }

    func job(for candidate: PlanCandidate, preferences: IndexPreferences) -> Job? {
        switch candidate.key.remedy {
        case .createIndex: creation(candidate, preferences: preferences)
        case .rebuildIndex: rebuild(candidate, preferences: preferences)
        case .dropIndex: candidate.key.index.map { plain(candidate, DropIndex(name: $0)).job }
        case .analyze: plain(candidate, Analyze()).job
        case .byHand: nil
        }
    }

    private func creation(_ candidate: PlanCandidate, preferences: IndexPreferences) -> Job? {
        let choice = IndexChoice.choose(
            for: candidate.collection,
            rows: candidate.collection.vectorRows.value,
            preferences: preferences,
            pgvector: server.pgvector,
            limits: limits
        )
        guard case .success(let choice) = choice else { return nil }
        return creation(candidate, choice).job
    }

    /// A job that builds an index on tables that have none for its distance metric.
    func creation(_ candidate: PlanCandidate, _ choice: IndexChoice) -> CandidateJob {
        let collection = candidate.collection
        let build = BuildPlan(
            definition: choice.definition,
            type: collection.type,
            dimensions: collection.dimensions ?? 0,
            places: candidate.relations.map { relation in
                BuildPlan.Place(
                    rows: relation.vectorRows.value,
                    distinct: relation.distinct,
                    hidesEqualRows: collection.hidesEqualRows
                )
            }
        )
        let planned = plain(
            candidate,
            CreateIndex(
                definition: choice.definition,
                choiceReason: choice.reason,
                parent: parent(of: candidate, choice.definition)
            )
        )
        return complete(planned, with: build, collection: collection)
    }

    /// The index of a partitioned table to attach to: the existing one, or a new one if all partitions need an index.
    ///
    /// If some have an index of their own, vecsteward leaves attaching to whoever created those.
    private func parent(of candidate: PlanCandidate, _ definition: IndexDefinition) -> CreateIndex.Parent? {
        let collection = candidate.collection
        guard collection.isPartitioned else { return nil }
        let known = collection.partitionedIndexes.first { index in
            index.method == definition.method && index.operatorClass == definition.operatorClass
                && index.expression == nil && index.predicate == nil
        }
        let taken = taken(in: collection)
        var parent: CreateIndex.Parent
        if let known {
            parent = CreateIndex.Parent(name: known.name, exists: true)
        } else {
            guard candidate.relations.count == collection.relations.count else { return nil }
            let name = IndexName.finished(definition, for: collection.name, taken: taken)
            parent = CreateIndex.Parent(name: name, exists: false)
        }
        let tables = Dictionary(collection.partitionedTables.map { ($0.oid, $0) }) { first, _ in first }
        for relation in candidate.relations {
            parent.add(
                ancestors(of: relation, among: tables, in: collection, known, definition),
                above: RelationName(relation),
                for: definition,
                column: collection.name.column,
                taken: taken
            )
        }
        return parent
    }

    /// The partitioned tables above a partition, from that of the collection down, each with the index that a new index is
    /// to become part of; none if they are unknown.
    private func ancestors(
        of relation: Relation,
        among tables: [UInt32: Collection.PartitionedTable],
        in collection: Collection,
        _ topIndex: VectorIndex?,
        _ definition: IndexDefinition
    ) -> [IndexJobContext.Ancestor] {
        var path: [Collection.PartitionedTable] = []
        var next = relation.parentOID
        while let oid = next, let table = tables[oid], path.count < tables.count {
            path.append(table)
            next = table.parentOID
        }
        guard let top = path.last, top.schema == collection.name.schema, top.table == collection.name.table else {
            return []
        }
        var upper = topIndex
        return path.reversed().enumerated().map { position, table in
            let above = upper
            if position > 0 {
                let fitting = table.indexes.filter { index in
                    index.method == definition.method && index.operatorClass == definition.operatorClass
                        && index.expression == nil && index.predicate == nil
                }
                upper =
                    fitting.first { $0.attachedTo != nil && $0.attachedTo == above?.oid }
                    ?? fitting.first { $0.attachedTo == nil }
            }
            return IndexJobContext.Ancestor(
                schema: table.schema,
                table: table.table,
                index: upper.map { index in
                    IndexJobContext.Ancestor.Index(
                        oid: index.oid,
                        name: index.name,
                        isAttached: position == 0 || (above != nil && index.attachedTo == above?.oid)
                    )
                }
            )
        }
    }

    private func rebuild(_ candidate: PlanCandidate, preferences: IndexPreferences) -> Job? {
        guard let relation = candidate.relations.first,
            let index = relation.indexes.first(where: { $0.name == candidate.key.index }),
            let definition = IndexDefinition.rebuilding(
                index,
                on: relation,
                of: candidate.collection,
                by: preferences.lists
            )
        else { return nil }
        return replacement(candidate, of: index, by: definition)?.job
    }

    /// A job that builds an index to replace another one.
    ///
    /// - Parameters:
    ///   - candidate: The findings that ask for it, for one table.
    ///   - index: The existing index.
    ///   - definition: The index that replaces it. It also takes its name if ``IndexName`` says so, and always if it belongs
    ///     to a partitioned index.
    /// - Returns: The job; `nil` for a candidate without a table.
    func replacement(
        _ candidate: PlanCandidate,
        of index: VectorIndex,
        by definition: IndexDefinition
    ) -> CandidateJob? {
        guard let relation = candidate.relations.first else { return nil }
        let isNameKept = IndexName.isKept(index, of: candidate.key.collection, by: definition)
        let isAttached = index.attachedTo != nil
        var planned = plain(
            candidate,
            RebuildIndex(
                definition: definition,
                oldName: index.name,
                retiredName: isNameKept && !isAttached
                    ? IndexName.retiring(
                        for: candidate.key.collection,
                        part: relation.table,
                        taken: taken(in: candidate.collection)
                    ) : nil,
                isAttached: isAttached
            )
        )
        if isNameKept || isAttached {
            for target in planned.job.targets.indices { planned.job.targets[target].finishedName = index.name }
        }
        let build = BuildPlan(
            definition: definition,
            type: index.indexedType ?? candidate.collection.type,
            dimensions: index.indexedDimensions ?? candidate.collection.dimensions ?? 0,
            // The new index covers the same rows: both have the same predicate, or neither has one.
            places: [
                BuildPlan.Place(
                    rows: relation.rows(in: index).value,
                    // The frequencies of values are known only for the plain column and for all rows.
                    distinct: index.expression == nil && index.predicate == nil ? relation.distinct : nil,
                    hidesEqualRows: index.expression != nil || index.predicate != nil
                        || candidate.collection.hidesEqualRows
                )
            ]
        )
        return complete(planned, with: build, collection: candidate.collection)
    }

    /// A job without the properties that only a build has.
    private func plain(_ candidate: PlanCandidate, _ spec: any JobSpec) -> CandidateJob {
        let name = candidate.key.collection
        var taken = taken(in: candidate.collection)
        if let parent = (spec as? any IndexJobSpec)?.parent {
            taken.insert(parent.name)
            taken.formUnion(parent.levels.map(\.index))
        }
        var job = Job(
            spec: spec,
            collection: name,
            targets: [],
            disposition: .act,
            reasons: candidate.reasons
        )
        job.targets = candidate.relations.map { relation in
            let building = IndexName.building(for: name, part: relation.table, taken: taken)
            let finished = job.definition.map { IndexName.finished($0, for: name, taken: taken) } ?? ""
            taken.formUnion([building, finished])
            return Job.Target(
                schema: relation.schema,
                table: relation.table,
                buildingName: building,
                finishedName: finished
            )
        }
        guard candidate.asksToAct else {
            let withheld = candidate.findings.lazy.filter { $0.mode == .act }.compactMap(\.withheld).first
            job.disposition = .suggest(withheld)
            return CandidateJob(job: job)
        }
        return CandidateJob(job: job, blocker: blocker(to: candidate))
    }

    private func complete(_ planned: CandidateJob, with build: BuildPlan, collection: Collection) -> CandidateJob {
        let bugs = KnownBug.affecting(server).filter { $0.method == nil || $0.method == build.definition.method }
        let isSerial = bugs.contains { $0.consequence == .serialBuilds }
        let workers = isSerial ? 0 : limits.workers(for: build.definition.method, on: server)
        var job = planned.job
        var predictions: [Prediction] = []
        var sort: Int64 = 0
        for (target, place) in build.places.enumerated() {
            let shape = BuildShape(
                type: build.type,
                dimensions: build.dimensions,
                rows: place.rows,
                elements: place.distinct.flatMap { build.definition.elements(of: $0, rows: place.rows) }
            )
            sort = max(
                sort,
                build.definition.sortBytes(rows: shape.rows, type: shape.type, dimensions: shape.dimensions)
            )
            guard
                var formula = build.definition.prediction(
                    of: shape,
                    workers: workers,
                    memoryLimit: limits.memoryBytes
                )
            else { continue }
            if build.definition.method == .hnsw { formula.equalRows = place.equalRows }
            let prediction = server.history.correcting(
                formula,
                of: build.definition,
                on: CollectionName(
                    schema: job.targets[target].schema,
                    table: job.targets[target].table,
                    column: collection.name.column
                ),
                shape
            )
            predictions.append(prediction)
            job.targets[target].shape = shape
            job.targets[target].prediction = prediction
        }
        let prediction = Prediction.sequence(predictions)
        job.prediction = prediction
        job.settings = settings(build.definition, bytes: prediction?.memoryBytes ?? 0, sort: sort, workers: workers)
        guard case .act = job.disposition else { return CandidateJob(job: job, blocker: planned.blocker) }
        if let rebuild = job.spec as? RebuildIndex, !rebuild.isAttached, rebuild.definition.holdsForeignValue {
            return CandidateJob(job: job, blocker: .foreignValue)
        }
        return CandidateJob(
            job: job,
            blocker: blocker(to: build, prediction: prediction, collection: collection, bugs: bugs)
        )
    }

    /// The memory that the build needs and a tenth more, within the budget, and at least what parallel workers require:
    /// PostgreSQL gives each participant 32 MB or uses fewer workers.
    private func settings(
        _ definition: IndexDefinition,
        bytes: Int64,
        sort: Int64,
        workers: Int
    ) -> BuildSessionSettings {
        let megabyte: Int64 = 1 << 20
        let floor = max(64, 32 * Int64(workers + 1)) * megabyte
        let sufficient = definition.sufficientBytes(for: bytes, workers: workers)
        let wanted = max(floor, sufficient, max(bytes, sort) / 10 * 11 + 4 * megabyte)
        return BuildSessionSettings(
            maintenanceWorkMemoryBytes: min(MemorySetting.enough(wanted), limits.memoryBytes),
            parallelWorkers: workers
        )
    }
}

/// The facts about a build from which the planner predicts its cost.
struct BuildPlan {
    var definition: IndexDefinition
    var type: VectorType
    var dimensions: Int
    /// The tables or partitions that get an index.
    var places: [Place]

    /// The contents of one of them.
    struct Place {
        /// The number of rows that the index will hold.
        var rows: Int64
        /// How often values occur; `nil` if unknown.
        var distinct: DistinctValues?
        /// Whether ANALYZE cannot show equal rows.
        var hidesEqualRows: Bool

        /// What is known of equal rows.
        var equalRows: Prediction.EqualRows {
            switch distinct?.source {
            case .statistics: .known
            case .allRows: .seen(rows, isAll: true)
            case .firstRows(let seen): .seen(seen, isAll: false)
            case nil: hidesEqualRows ? .unknown : .known
            }
        }
    }
}

/// A job and its blocker, of which the job itself has only the text.
struct CandidateJob {
    var job: Job
    var blocker: Blocker?

    init(job: Job, blocker: Blocker? = nil) {
        self.job = job
        self.blocker = blocker
        if let blocker { self.job.disposition = .refused(blocker.words) }
    }
}
