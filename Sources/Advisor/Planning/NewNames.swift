extension Job {
    /// The names that it gives to indexes, which nothing else may have: those of its builds, of what is put aside, and of what
    /// is finished but for one that takes the name of the index it replaces.
    public var newNames: [RelationName] {
        guard definition != nil else { return [] }
        var names: [RelationName] = []
        var kept: String?
        if case .rebuildIndex(let rebuild) = task {
            // The server names what it reindexes by itself.
            if rebuild.isAttached { return [] }
            kept = rebuild.oldName
            for target in targets {
                guard let retired = rebuild.retiredName else { continue }
                names.append(RelationName(schema: target.schema, name: retired))
            }
        }
        if case .createIndex(let creation) = task, let parent = creation.parent, !parent.exists {
            names.append(RelationName(schema: collection.schema, name: parent.name))
        }
        for target in targets {
            names.append(RelationName(schema: target.schema, name: target.buildingName))
            guard target.finishedName != kept else { continue }
            names.append(RelationName(schema: target.schema, name: target.finishedName))
        }
        return names
    }

    /// The same job with other names in the place of some.
    ///
    /// - Parameters:
    ///   - conflicts: The names that others have.
    ///   - taken: All names that are no longer free, those among them.
    /// - Returns: The job, and each name that it gives up with the one that it takes.
    public func renamed(
        from conflicts: Set<RelationName>,
        besides taken: Set<RelationName>
    ) -> (job: Job, changes: [(from: String, to: String)]) {
        var job = self
        // Also what it gives itself: two of its indexes are never to have one name.
        var taken = Set(taken.union(conflicts).union(newNames).map(\.name))
        var changes: [(from: String, to: String)] = []
        func change(_ name: String, in schema: String, to free: (Set<String>) -> String) -> String {
            guard conflicts.contains(RelationName(schema: schema, name: name)) else { return name }
            let new = free(taken)
            taken.insert(new)
            changes.append((name, new))
            return new
        }
        guard let definition else { return (job, []) }
        if case .createIndex(var creation) = task, var parent = creation.parent, !parent.exists {
            parent.name = change(parent.name, in: collection.schema) {
                IndexName.finished(definition, for: collection, taken: $0)
            }
            taken.insert(parent.name)
            creation.parent = parent
            job.task = .createIndex(creation)
        }
        for position in targets.indices {
            let target = targets[position]
            if case .rebuildIndex(var rebuild) = job.task, let retired = rebuild.retiredName {
                rebuild.retiredName = change(retired, in: target.schema) {
                    IndexName.retiring(for: collection, part: target.table, taken: $0)
                }
                job.task = .rebuildIndex(rebuild)
            }
            job.targets[position].buildingName = change(target.buildingName, in: target.schema) {
                IndexName.building(for: collection, part: target.table, taken: $0)
            }
            job.targets[position].finishedName = change(target.finishedName, in: target.schema) {
                IndexName.finished(definition, for: collection, taken: $0)
            }
        }
        return (job, changes)
    }
}
