/// The one thing to do next for a job.
///
/// It follows from what the catalog says and not from what was last written down: a crash between a deed and its record
/// leaves nothing undone and does nothing twice.
public enum NextStep: Sendable, Equatable {
    /// Run the statement that builds the new index, refreshes the statistics or reindexes in place.
    case build
    /// A session is at work on the table: wait for its end.
    case await(IndexJobContext.Worker)
    /// Drop an unfinished build of this job.
    case dropLeftover
    /// Look at the new index, then give it its name.
    case proveAndSwap
    /// Make the index of a partitioned table, which holds nothing itself; the server names it where this does not.
    case makeParent(schema: String, table: String, name: String?)
    /// Attach an index to that of the partitioned table above.
    case attach(schema: String, index: String, parentSchema: String, parent: String)
    /// Take other names for those that other relations have.
    case chooseNames(insteadOf: Set<RelationName>)
    /// Drop the index that was replaced or found invalid.
    case dropOld(name: String)
    /// Give an index that has stepped aside its former name again: what was to take its place is gone.
    case giveBack(name: String, former: String)
    /// Everything is as it should be.
    case finish
    /// There is no longer anything to do, and why.
    case cancel(String)
    /// It cannot be done here and now, and why.
    case postpone(String)
}

extension JobRecord {
    /// What to do next.
    ///
    /// - Parameter context: What the catalog says now.
    /// - Returns: One step. When it is carried out, look again and ask again.
    public func nextStep(at context: IndexJobContext) -> NextStep {
        guard context.isPrimary else { return .postpone("this server is a standby") }
        guard context.hasTable else { return .cancel("the table is no longer there") }
        guard context.hasColumn else { return .cancel("the column is no longer there") }
        if let worker = context.worker {
            let hasBegun = worker.isOwn || context.building != nil || (state != .queued && state != .waiting)
            return isCancelRequested && !hasBegun ? cancelledByPerson : .await(worker)
        }
        let step = nextDeed(at: context)
        switch step {
        case .build, .proveAndSwap, .makeParent:
            let conflicts = context.foreignNames.intersection(job.newNames)
            return conflicts.isEmpty ? step : .chooseNames(insteadOf: conflicts)
        default: return step
        }
    }

    /// What to do next where every name is free.
    private func nextDeed(at context: IndexJobContext) -> NextStep {
        switch job.task {
        case .analyze: return isCancelRequested ? cancelledByPerson : state == .proving ? .finish : .build
        case .dropIndex(let name): return dropping(name, context)
        case .createIndex(let creation): return creating(creation, context)
        case .rebuildIndex(let rebuild): return rebuild.isAttached ? reindexing(context) : replacing(rebuild, context)
        }
    }

    private var cancelledByPerson: NextStep { .cancel("a person cancelled it") }

    private func dropping(_ name: String, _ context: IndexJobContext) -> NextStep {
        guard let old = context.old else { return state == .queued ? .cancel("the index is no longer there") : .finish }
        if isCancelRequested { return cancelledByPerson }
        // Dropping begins by taking the index away from queries, so an index that was usable then is not so now.
        if old.isUsable {
            // But for a build of ours that lost its job, and that nobody has reindexed since.
            guard job.dropsOrphanedIndex, oldIndex == old.identity else { return .cancel("the index is valid by now") }
            guard context.hasEquivalentIndex else { return .cancel("the index is the only one for its queries by now") }
        }
        if let known = oldIndex, known.oid != old.identity.oid { return .cancel("another index has the name by now") }
        return .dropOld(name: name)
    }

    private func creating(_ creation: CreateIndex, _ context: IndexJobContext) -> NextStep {
        if let finished = context.finished {
            if context.building != nil { return .dropLeftover }
            guard finished.isUsable, finished.fits else { return .cancel("another index has the name by now") }
            return creation.parent.flatMap { attaching(finished, to: $0, context) } ?? .finish
        }
        guard let building = context.building else {
            if isCancelRequested { return cancelledByPerson }
            if context.hasEquivalentIndex { return .cancel("the collection has an index by now") }
            return creation.parent.flatMap { preparing($0, context) } ?? .build
        }
        guard building.isUsable, building.fits, !isCancelRequested, !context.hasEquivalentIndex else {
            return .dropLeftover
        }
        if creation.parent != nil, context.ancestors.isEmpty { return .dropLeftover }
        return .proveAndSwap
    }

    /// What comes before the build for a partition: its index is attached to one of each partitioned table above, and once
    /// those are there the server makes the index of every new partition by itself.
    private func preparing(_ parent: CreateIndex.Parent, _ context: IndexJobContext) -> NextStep? {
        guard !context.ancestors.isEmpty else { return .cancel("the table is no longer a partition of the collection") }
        var upper: (schema: String, index: IndexJobContext.Ancestor.Index)?
        for ancestor in context.ancestors {
            guard let index = ancestor.index else {
                let name = upper == nil ? parent.name : nil
                return .makeParent(schema: ancestor.schema, table: ancestor.table, name: name)
            }
            guard index.fits else { return .cancel("another index has the name of the parent's by now") }
            if let upper, !index.isAttached {
                return .attach(
                    schema: ancestor.schema,
                    index: index.name,
                    parentSchema: upper.schema,
                    parent: upper.index.name
                )
            }
            upper = (ancestor.schema, index)
        }
        return nil
    }

    /// What comes after the index of a partition has its name; nothing for one that belongs to no partitioned table now.
    private func attaching(
        _ finished: IndexJobContext.CatalogIndex,
        to parent: CreateIndex.Parent,
        _ context: IndexJobContext
    ) -> NextStep? {
        guard let last = context.ancestors.last else { return nil }
        if let step = preparing(parent, context) { return step }
        guard let index = last.index, finished.attachedTo != index.oid, let target = job.targets.first else {
            return nil
        }
        return .attach(
            schema: target.schema,
            index: target.finishedName,
            parentSchema: last.schema,
            parent: index.name
        )
    }

    private func replacing(_ rebuild: RebuildIndex, _ context: IndexJobContext) -> NextStep {
        if let retired = rebuild.retiredName {
            // Only the swap makes an index of this name, so the one that has the old name is the new one.
            if context.retired != nil {
                if context.finished == nil, context.retired?.isUsable == true {
                    return .giveBack(name: retired, former: rebuild.oldName)
                }
                guard context.finished?.isUsable == true else {
                    return .cancel("somebody dropped the new index; the old one is kept as \(retired)")
                }
                return .dropOld(name: retired)
            }
            if let newIndex, let finished = context.finished, finished.identity.oid == newIndex.oid { return .finish }
        } else if let finished = context.finished {
            guard finished.isUsable, finished.fits else {
                return context.building == nil ? .cancel("another index has the name by now") : .dropLeftover
            }
            return context.old == nil ? .finish : .dropOld(name: rebuild.oldName)
        }
        guard let building = context.building else {
            return beginning(context.old, rebuilding: "the index that it was to replace is no longer there")
        }
        guard building.isUsable, building.fits, !isCancelRequested else { return .dropLeftover }
        // Somebody replaced the old index while this one was built: two would be one too many.
        if context.old == nil, context.hasEquivalentIndex { return .dropLeftover }
        return .proveAndSwap
    }

    /// An index of a partitioned one is reindexed in place: the server swaps, under the names `_ccnew` and `_ccold`.
    private func reindexing(_ context: IndexJobContext) -> NextStep {
        if context.building != nil { return .dropLeftover }
        if let retired = context.retired, !retired.isUsable, case .rebuildIndex(let rebuild) = job.task {
            return .dropOld(name: context.retired?.name ?? rebuild.oldName + "_ccold")
        }
        if state != .queued, let old = context.old, old.isUsable, old.identity != oldIndex { return .finish }
        return beginning(context.old, rebuilding: "the index that it was to rebuild is no longer there")
    }

    private func beginning(_ old: IndexJobContext.CatalogIndex?, rebuilding missing: String) -> NextStep {
        if isCancelRequested { return cancelledByPerson }
        guard let old else { return .cancel(missing) }
        if let oldIndex, oldIndex != old.identity { return .cancel("somebody rebuilt the index meanwhile") }
        return .build
    }
}
