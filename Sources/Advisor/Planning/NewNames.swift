extension Job {
    /// The names that it gives to indexes, which must be free: those of its builds, of the replaced indexes until they are
    /// dropped, and of the finished indexes unless one takes the name of the index that it replaces.
    public var newNames: [RelationName] {
        // For a REINDEX the server chooses the names.
        guard definition != nil, let spec = indexSpec, !spec.isInPlace else { return [] }
        var names: [RelationName] = []
        for target in targets {
            guard let retired = spec.retiredName else { continue }
            names.append(RelationName(schema: target.schema, name: retired))
        }
        if let parent = spec.parent, !parent.exists {
            names.append(RelationName(schema: collection.schema, name: parent.name))
        }
        for level in spec.parent?.levels ?? [] where !level.exists {
            names.append(RelationName(schema: level.schema, name: level.index))
        }
        for target in targets {
            names.append(RelationName(schema: target.schema, name: target.buildingName))
            guard target.finishedName != spec.existingIndex else { continue }
            names.append(RelationName(schema: target.schema, name: target.finishedName))
        }
        return names
    }

    /// The same job with some names replaced.
    ///
    /// - Parameters:
    ///   - conflicts: The names that other relations have.
    ///   - taken: All names that are not free, including those.
    /// - Returns: The job, and each replaced name with the new one.
    public func renamed(
        from conflicts: Set<RelationName>,
        besides taken: Set<RelationName>
    ) -> (job: Job, changes: [(from: String, to: String)]) {
        var job = self
        // Also its own names: two of its indexes must not get the same name.
        var taken = Set(taken.union(conflicts).union(newNames).map(\.name))
        var changes: [(from: String, to: String)] = []
        func change(_ name: String, in schema: String, to free: (Set<String>) -> String) -> String {
            guard conflicts.contains(RelationName(schema: schema, name: name)) else { return name }
            let new = free(taken)
            taken.insert(new)
            changes.append((name, new))
            return new
        }
        guard let definition, var spec = indexSpec else { return (job, []) }
        if var parent = spec.parent, !parent.exists {
            parent.name = change(parent.name, in: collection.schema) {
                IndexName.finished(definition, for: collection, taken: $0)
            }
            taken.insert(parent.name)
            spec.parent = parent
        }
        for position in spec.parent?.levels.indices ?? 0..<0 {
            guard let level = spec.parent?.levels[position], !level.exists else { continue }
            let table = CollectionName(schema: level.schema, table: level.table, column: collection.column)
            let name = change(level.index, in: level.schema) {
                IndexName.finished(definition, for: table, taken: $0)
            }
            spec.parent?.levels[position].index = name
        }
        for position in targets.indices {
            let target = targets[position]
            if let retired = spec.retiredName {
                spec.retiredName = change(retired, in: target.schema) {
                    IndexName.retiring(for: collection, part: target.table, taken: $0)
                }
            }
            job.targets[position].buildingName = change(target.buildingName, in: target.schema) {
                IndexName.building(for: collection, part: target.table, taken: $0)
            }
            job.targets[position].finishedName = change(target.finishedName, in: target.schema) {
                IndexName.finished(definition, for: collection, taken: $0)
            }
        }
        job.spec = spec
        return (job, changes)
    }
}
