/// The one thing to do next for a job.
///
/// It follows from what the catalog says and not from what was last written down: a crash between a deed and its record
/// leaves nothing undone and does nothing twice.
public enum NextStep: Sendable, Equatable {
    /// Run the statement that builds the new index, refreshes the statistics or reindexes in place.
    case build
    /// A session is at work on the table: wait for its end.
    case await(WorkSite.Worker)
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
    case callOff(String)
    /// It cannot be done here and now, and why.
    case postpone(String)
}

extension JobRecord {
    /// What to do next.
    ///
    /// - Parameter site: What the catalog says now.
    /// - Returns: One step. When it is carried out, look again and ask again.
    public func nextStep(at site: WorkSite) -> NextStep {
        guard site.isPrimary else { return .postpone("this server is a standby") }
        guard site.hasTable else { return .callOff("the table is no longer there") }
        guard site.hasColumn else { return .callOff("the column is no longer there") }
        if let worker = site.worker {
            let hasBegun = worker.isOwn || site.building != nil || (state != .queued && state != .waiting)
            return isCancelRequested && !hasBegun ? calledOffByPerson : .await(worker)
        }
        let step = nextDeed(at: site)
        switch step {
        case .build, .proveAndSwap, .makeParent:
            let conflicts = site.foreignNames.intersection(job.newNames)
            return conflicts.isEmpty ? step : .chooseNames(insteadOf: conflicts)
        default: return step
        }
    }

    /// What to do next where every name is free.
    private func nextDeed(at site: WorkSite) -> NextStep {
        switch job.task {
        case .analyze: return isCancelRequested ? calledOffByPerson : state == .proving ? .finish : .build
        case .dropIndex(let name): return dropping(name, site)
        case .createIndex(let creation): return creating(creation, site)
        case .rebuildIndex(let rebuild): return rebuild.isAttached ? reindexing(site) : replacing(rebuild, site)
        }
    }

    private var calledOffByPerson: NextStep { .callOff("a person cancelled it") }

    private func dropping(_ name: String, _ site: WorkSite) -> NextStep {
        guard let old = site.old else { return state == .queued ? .callOff("the index is no longer there") : .finish }
        if isCancelRequested { return calledOffByPerson }
        // Dropping begins by taking the index away from queries, so an index that was usable then is not so now.
        if old.isUsable {
            // But for a build of ours that lost its job, and that nobody has reindexed since.
            guard job.dropsForsakenBuild, oldIndex == old.identity else { return .callOff("the index is valid by now") }
            guard site.hasRival else { return .callOff("the index is the only one for its queries by now") }
        }
        if let known = oldIndex, known.oid != old.identity.oid { return .callOff("another index has the name by now") }
        return .dropOld(name: name)
    }

    private func creating(_ creation: CreateIndex, _ site: WorkSite) -> NextStep {
        if let finished = site.finished {
            if site.building != nil { return .dropLeftover }
            guard finished.isUsable, finished.fits else { return .callOff("another index has the name by now") }
            return creation.parent.flatMap { attaching(finished, to: $0, site) } ?? .finish
        }
        guard let building = site.building else {
            if isCancelRequested { return calledOffByPerson }
            if site.hasRival { return .callOff("the collection has an index by now") }
            return creation.parent.flatMap { preparing($0, site) } ?? .build
        }
        guard building.isUsable, building.fits, !isCancelRequested, !site.hasRival else { return .dropLeftover }
        if creation.parent != nil, site.ancestors.isEmpty { return .dropLeftover }
        return .proveAndSwap
    }

    /// What comes before the build for a partition: its index is attached to one of each partitioned table above, and once
    /// those are there the server makes the index of every new partition by itself.
    private func preparing(_ parent: CreateIndex.Parent, _ site: WorkSite) -> NextStep? {
        guard !site.ancestors.isEmpty else { return .callOff("the table is no longer a partition of the collection") }
        var upper: (schema: String, index: WorkSite.Ancestor.Index)?
        for ancestor in site.ancestors {
            guard let index = ancestor.index else {
                let name = upper == nil ? parent.name : nil
                return .makeParent(schema: ancestor.schema, table: ancestor.table, name: name)
            }
            guard index.fits else { return .callOff("another index has the name of the parent's by now") }
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
        _ finished: WorkSite.SeenIndex,
        to parent: CreateIndex.Parent,
        _ site: WorkSite
    ) -> NextStep? {
        guard let last = site.ancestors.last else { return nil }
        if let step = preparing(parent, site) { return step }
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

    private func replacing(_ rebuild: RebuildIndex, _ site: WorkSite) -> NextStep {
        if let retired = rebuild.retiredName {
            // Only the swap makes an index of this name, so the one that has the old name is the new one.
            if site.retired != nil {
                if site.finished == nil, site.retired?.isUsable == true {
                    return .giveBack(name: retired, former: rebuild.oldName)
                }
                guard site.finished?.isUsable == true else {
                    return .callOff("somebody dropped the new index; the old one is kept as \(retired)")
                }
                return .dropOld(name: retired)
            }
            if let newIndex, let finished = site.finished, finished.identity.oid == newIndex.oid { return .finish }
        } else if let finished = site.finished {
            guard finished.isUsable, finished.fits else {
                return site.building == nil ? .callOff("another index has the name by now") : .dropLeftover
            }
            return site.old == nil ? .finish : .dropOld(name: rebuild.oldName)
        }
        guard let building = site.building else {
            return beginning(site.old, rebuilding: "the index that it was to replace is no longer there")
        }
        guard building.isUsable, building.fits, !isCancelRequested else { return .dropLeftover }
        // Somebody replaced the old index while this one was built: two would be one too many.
        if site.old == nil, site.hasRival { return .dropLeftover }
        return .proveAndSwap
    }

    /// An index of a partitioned one is reindexed in place: the server swaps, under the names `_ccnew` and `_ccold`.
    private func reindexing(_ site: WorkSite) -> NextStep {
        if site.building != nil { return .dropLeftover }
        if let retired = site.retired, !retired.isUsable, case .rebuildIndex(let rebuild) = job.task {
            return .dropOld(name: site.retired?.name ?? rebuild.oldName + "_ccold")
        }
        if state != .queued, let old = site.old, old.isUsable, old.identity != oldIndex { return .finish }
        return beginning(site.old, rebuilding: "the index that it was to rebuild is no longer there")
    }

    private func beginning(_ old: WorkSite.SeenIndex?, rebuilding missing: String) -> NextStep {
        if isCancelRequested { return calledOffByPerson }
        guard let old else { return .callOff(missing) }
        if let oldIndex, oldIndex != old.identity { return .callOff("somebody rebuilt the index meanwhile") }
        return .build
    }
}
