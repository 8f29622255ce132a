extension RebuildIndex {
    /// Derives the next step from the catalog; see ``IndexJobSpec``.
    public func nextStep(of record: JobRecord, at context: IndexJobContext) -> NextStep {
        isAttached ? reindexing(record, context) : replacing(record, context)
    }

    private func replacing(_ record: JobRecord, _ context: IndexJobContext) -> NextStep {
        if let retired = retiredName {
            // Only the swap creates an index of this name, so the index that has the old name is the new one.
            if context.retired != nil {
                if context.finished == nil, context.retired?.isUsable == true {
                    return .giveBack(name: retired, former: oldName)
                }
                guard context.finished?.isUsable == true else {
                    return .cancel("somebody dropped the new index; the old one is kept as \(retired)")
                }
                return .dropOld(name: retired)
            }
            if let newIndex = record.newIndex, let finished = context.finished, finished.identity.oid == newIndex.oid {
                return .finish
            }
        } else if let finished = context.finished {
            guard finished.isUsable, finished.fits else {
                return context.building == nil ? .cancel("another index has taken the name") : .dropLeftover
            }
            return context.old == nil ? .finish : .dropOld(name: oldName)
        }
        guard let building = context.building else {
            return beginning(record, context.old, rebuilding: "the index that it was to replace no longer exists")
        }
        // If somebody dropped the old index meanwhile, the new one is the only one for its queries, also for a cancelled job.
        let isOnlyOne = context.old == nil && !context.hasEquivalentIndex
        guard building.isUsable, building.fits, isOnlyOne || !record.isCancelRequested else { return .dropLeftover }
        // Somebody replaced the old index during this build; a second one is not needed.
        if context.old == nil, context.hasEquivalentIndex { return .dropLeftover }
        return .proveAndSwap
    }

    /// An index that belongs to a partitioned one is reindexed in place: the server swaps, under the names `_ccnew` and
    /// `_ccold`.
    private func reindexing(_ record: JobRecord, _ context: IndexJobContext) -> NextStep {
        if context.building != nil { return .dropLeftover }
        if let retired = context.retired, !retired.isUsable {
            return .dropOld(name: context.retired?.name ?? oldName + "_ccold")
        }
        if record.state != .queued, let old = context.old, old.isUsable, old.identity != record.oldIndex {
            return .finish
        }
        return beginning(record, context.old, rebuilding: "the index that it was to rebuild no longer exists")
    }

    private func beginning(
        _ record: JobRecord,
        _ old: IndexJobContext.CatalogIndex?,
        rebuilding missing: String
    ) -> NextStep {
        if record.isCancelRequested { return .cancelledByPerson }
        guard let old else { return .cancel(missing) }
        if let known = record.oldIndex, known != old.identity { return .cancel("somebody rebuilt the index meanwhile") }
        return .build
    }
}
