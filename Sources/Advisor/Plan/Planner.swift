/// Turns a draft into a job: parameters, names, settings, predictions, and what stands in the way.
struct Planner {
    var server: ServerFacts
    var limits: BuildLimits

    func job(for draft: Draft, preferences: IndexPreferences) -> Job? {
        switch draft.key.remedy {
        case .createIndex: creation(draft, preferences: preferences)
        case .rebuildIndex: rebuild(draft)
        case .dropIndex: draft.key.index.map { plain(draft, .dropIndex(name: $0)) }
        case .analyze: plain(draft, .analyze)
        case .byHand: nil
        }
    }

    private func creation(_ draft: Draft, preferences: IndexPreferences) -> Job? {
        let collection = draft.collection
        let rows = collection.rows.value
        let choice = IndexChoice.choose(
            for: collection,
            rows: rows,
            preferences: preferences,
            pgvector: server.pgvector,
            limits: limits
        )
        guard case .success(let choice) = choice else { return nil }
        let dimensions = collection.dimensions ?? 0
        let build = Build(
            definition: choice.definition,
            type: collection.type,
            dimensions: dimensions,
            rows: draft.relations.map(\.rows.value)
        )
        var job = plain(
            draft,
            .createIndex(
                CreateIndex(
                    definition: choice.definition,
                    choiceReason: choice.reason,
                    parent: parent(of: draft, choice.definition)
                )
            )
        )
        complete(&job, with: build, collection: collection)
        return job
    }

    /// The index of a partitioned table to attach to: the one that is there, or a new one where all partitions need one.
    ///
    /// Where some have one of their own, attaching is left to whoever made those.
    private func parent(of draft: Draft, _ definition: IndexDefinition) -> CreateIndex.Parent? {
        let collection = draft.collection
        guard collection.isPartitioned else { return nil }
        let known = collection.partitionedIndexes.first { index in
            index.method == definition.method && index.operatorClass == definition.operatorClass
                && index.expression == nil && index.predicate == nil
        }
        if let known { return CreateIndex.Parent(name: known.name, exists: true) }
        guard draft.relations.count == collection.relations.count else { return nil }
        let taken = Set(collection.relations.flatMap(\.indexes).map(\.name))
        let name = IndexName.finished(definition, for: collection.name, taken: taken)
        return CreateIndex.Parent(name: name, exists: false)
    }

    private func rebuild(_ draft: Draft) -> Job? {
        guard let relation = draft.relations.first,
            let index = relation.indexes.first(where: { $0.name == draft.key.index }),
            let definition = IndexDefinition.rebuilding(index, rows: relation.rows.value)
        else { return nil }
        let isNamedByVecs = index.name.hasPrefix("ix_\(index.operatorClass)_\(index.method)_")
        let taken = Set(relation.indexes.map(\.name))
        var job = plain(
            draft,
            .rebuildIndex(
                RebuildIndex(
                    definition: definition,
                    oldName: index.name,
                    retiredName: isNamedByVecs || index.attachedTo != nil
                        ? nil
                        : IndexName.retiring(for: draft.key.collection, part: relation.table, taken: taken),
                    isAttached: index.attachedTo != nil
                )
            )
        )
        if !isNamedByVecs || index.attachedTo != nil {
            for target in job.targets.indices { job.targets[target].finishedName = index.name }
        }
        let build = Build(
            definition: definition,
            type: index.indexedType ?? draft.collection.type,
            dimensions: index.indexedDimensions ?? draft.collection.dimensions ?? 0,
            rows: [relation.rows.value]
        )
        complete(&job, with: build, collection: draft.collection)
        return job
    }

    /// A job with everything but what only a build has.
    private func plain(_ draft: Draft, _ task: Job.Task) -> Job {
        let name = draft.key.collection
        let indexes = draft.collection.relations.flatMap(\.indexes) + draft.collection.partitionedIndexes
        var taken = Set(indexes.map(\.name))
        if case .createIndex(let creation) = task, let parent = creation.parent { taken.insert(parent.name) }
        var job = Job(
            task: task,
            collection: name,
            targets: [],
            disposition: disposition(of: draft),
            reasons: draft.findings.map { Job.Reason(rule: $0.rule, summary: $0.summary) }
        )
        job.targets = draft.relations.map { relation in
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
        return job
    }

    private func disposition(of draft: Draft) -> Job.Disposition {
        guard draft.findings.contains(where: \.asksToAct) else {
            return .suggest(draft.findings.lazy.filter { $0.mode == .act }.compactMap(\.withheld).first)
        }
        if server.isInRecovery { return .refused("this server is a standby; the primary does it") }
        if let holder = draft.relations.lazy.compactMap(\.lockedBy).first {
            return .refused("the table is locked by \(holder); it is done when the lock is gone")
        }
        let access = draft.collection.access
        guard access.isOwner else {
            return .refused(
                "role \(server.role) is no member of \(draft.collection.owner), who owns the table, and only an owner may "
                    + "build an index; `vecsteward grants --for maintain` prints the GRANT"
            )
        }
        // Nothing acts on an estimate.
        let acting = draft.findings.filter { $0.asksToAct && $0.holdsAboveRows != nil }
        let estimated = draft.relations.filter { relation in acting.contains { $0.relationOID == relation.oid } }
        if let obstacle = estimated.lazy.compactMap(\.countObstacle).first {
            return .refused("the rows are an estimate that could not be confirmed: \(obstacle)")
        }
        return .act
    }

    private func complete(_ job: inout Job, with build: Build, collection: Collection) {
        let bugs = KnownBug.affecting(server).filter { $0.method == nil || $0.method == build.definition.method }
        let isSerial = bugs.contains { $0.consequence == .serialBuilds }
        let workers = isSerial ? 0 : min(limits.parallelWorkers, server.maxParallelWorkers)
        let predictions = build.rows.compactMap { rows in
            build.definition.prediction(
                rows: rows,
                type: build.type,
                dimensions: build.dimensions,
                workers: workers,
                memoryLimit: limits.memoryBytes
            )
        }
        let prediction = Prediction.sequence(predictions)
        job.prediction = prediction
        job.settings = settings(for: prediction, workers: workers)
        guard case .act = job.disposition else { return }
        if let bug = bugs.first(where: { $0.consequence == .refusesBuilds }) {
            job.disposition = .refused("\(bug.product) \(bug.installed(on: server)): \(bug.description); \(bug.advice)")
        } else if !collection.access.canCreateInSchema {
            job.disposition = .refused(
                "role \(server.role) may not create in schema \(collection.name.schema), which an index needs; "
                    + "`vecsteward grants --for maintain` prints the GRANT"
            )
        } else if build.definition.method == .ivfflat, let prediction, prediction.memoryBytes > limits.memoryBytes {
            let needed = (prediction.memoryBytes + (1 << 20) - 1) >> 20
            job.disposition = .refused(
                "IVFFlat needs \(needed) MB of memory and maintenance.memory is "
                    + "\(Numbers.size(bytes: limits.memoryBytes)); maintenance.memory = \"\(needed)MB\" would do"
            )
        } else if case .ivfflat(let lists) = build.definition.parameters,
            let fewest = build.rows.min(), fewest < Int64(lists * Lists.trainingRows)
        {
            job.disposition = .refused(
                "\(lists) lists need \(Numbers.grouped(Int64(lists * Lists.trainingRows))) rows to be trained on, "
                    + "there are \(Numbers.grouped(fewest))"
            )
        }
    }

    /// The memory that the build needs and a tenth more, within the budget, and no less than parallel workers ask for:
    /// PostgreSQL gives each participant 32 MB or takes workers away.
    private func settings(for prediction: Prediction?, workers: Int) -> BuildSettings {
        let megabyte: Int64 = 1 << 20
        let floor = max(64, 32 * Int64(workers + 1)) * megabyte
        let wanted = max(floor, (prediction?.memoryBytes ?? 0) / 10 * 11 + 4 * megabyte)
        let rounded = (wanted + megabyte - 1) / megabyte * megabyte
        let memory = min(rounded, max(limits.memoryBytes, server.maintenanceWorkMemoryBytes))
        return BuildSettings(maintenanceWorkMemoryBytes: memory, parallelWorkers: workers)
    }
}

/// What a planner needs to know of a build to reckon what it takes.
private struct Build {
    var definition: IndexDefinition
    var type: VectorType
    var dimensions: Int
    /// Rows of each table or partition that gets an index.
    var rows: [Int64]
}
