extension Job {
    /// The job with other lists for the IVFFlat index that it rebuilds, and with names that fit them.
    ///
    /// - Parameters:
    ///   - lists: The lists.
    ///   - taken: The names in the schema of its table that are not free.
    /// - Returns: The job; as it is if it rebuilds no IVFFlat index.
    public func rebuilding(withLists lists: Int, besides taken: Set<String>) -> Job {
        guard var rebuild = spec as? RebuildIndex, case .ivfflat = rebuild.definition.parameters else { return self }
        var job = self
        rebuild.definition.setLists(lists)
        let isNameKept = IndexName.isKept(
            rebuild.oldName,
            of: rebuild.definition.operatorClass,
            rebuild.definition.parameters,
            on: collection,
            by: rebuild.definition
        )
        // A name by vecs says how many lists the index has; the old index keeps its own until it is dropped.
        if !rebuild.isAttached, rebuild.retiredName == nil || !isNameKept {
            rebuild.retiredName = nil
            let name = IndexName.finished(rebuild.definition, for: collection, taken: taken.union([rebuild.oldName]))
            for position in job.targets.indices { job.targets[position].finishedName = name }
        }
        job.spec = rebuild
        return job
    }
}
