extension CreateIndex {
    /// Derives the next step from the catalog; see ``IndexJobSpec``.
    public func nextStep(of record: JobRecord, at context: IndexJobContext) -> NextStep {
        if let finished = context.finished {
            if context.building != nil { return .dropLeftover }
            guard finished.isUsable, finished.fits else { return .cancel("another index has taken the name") }
            return parent.flatMap { attaching(finished, to: $0, record, context) } ?? .finish
        }
        guard let building = context.building else {
            if record.isCancelRequested { return .cancelledByPerson }
            if context.hasEquivalentIndex { return .cancel("the collection already has an index") }
            return parent.flatMap { preparing($0, context) } ?? .build
        }
        guard building.isUsable, building.fits, !record.isCancelRequested, !context.hasEquivalentIndex else {
            return .dropLeftover
        }
        if parent != nil, context.ancestors.isEmpty { return .dropLeftover }
        return .proveAndSwap
    }

    /// The steps before the build on a partition, which create the indexes of the partitioned tables above.
    ///
    /// The partition's index is attached to those. Once they exist, the server creates the index of every new partition
    /// itself.
    private func preparing(_ parent: Parent, _ context: IndexJobContext) -> NextStep? {
        guard !context.ancestors.isEmpty else { return .cancel("the table is no longer a partition of the collection") }
        var upper: (schema: String, index: IndexJobContext.Ancestor.Index)?
        for ancestor in context.ancestors {
            guard let index = ancestor.index else {
                let name = upper == nil ? parent.name : nil
                return .makeParent(schema: ancestor.schema, table: ancestor.table, name: name)
            }
            guard index.fits else { return .cancel("another index has taken the name of the parent index") }
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

    /// The steps after the index of a partition has its name; none for a table that is no longer a partition.
    private func attaching(
        _ finished: IndexJobContext.CatalogIndex,
        to parent: Parent,
        _ record: JobRecord,
        _ context: IndexJobContext
    ) -> NextStep? {
        guard let last = context.ancestors.last else { return nil }
        if let step = preparing(parent, context) { return step }
        guard let index = last.index, finished.attachedTo != index.oid, let target = record.job.targets.first else {
            return nil
        }
        return .attach(
            schema: target.schema,
            index: target.finishedName,
            parentSchema: last.schema,
            parent: index.name
        )
    }
}
