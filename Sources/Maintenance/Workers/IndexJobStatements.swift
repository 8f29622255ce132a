internal import Advisor
internal import Postgres

/// The SQL of a kind of job on indexes or statistics, composed by ``JobStatements``.
protocol IndexJobStatements: IndexJobSpec {
    /// All statements of a job in order, including session settings.
    func statements(for job: Job) -> [String]
    /// The statements that build the index, or refresh the statistics.
    func building(for job: Job, at target: Job.Target) -> [String]
    /// The statements of one transaction that rename the new index.
    func swapping(at target: Job.Target, dressing: [String]?) -> [String]
}

extension Analyze: IndexJobStatements {
    func statements(for job: Job) -> [String] { job.targets.flatMap { building(for: job, at: $0) } }

    func building(for job: Job, at target: Job.Target) -> [String] { ["ANALYZE \(JobStatements.name(of: target))"] }

    func swapping(at target: Job.Target, dressing: [String]?) -> [String] { [] }
}

extension DropIndex: IndexJobStatements {
    func statements(for job: Job) -> [String] { job.targets.map { JobStatements.dropping(name, $0) } }

    func building(for job: Job, at target: Job.Target) -> [String] { [] }

    func swapping(at target: Job.Target, dressing: [String]?) -> [String] { [] }
}

extension CreateIndex: IndexJobStatements {
    func statements(for job: Job) -> [String] {
        let making = job.targets.flatMap { building(for: job, at: $0) + swapping(at: $0, dressing: nil) }
        guard let parent else { return JobStatements.settings(job) + making }
        let top = Identifier.qualified(job.collection.schema, parent.name)
        let attachments = job.targets.map { target in
            let level = parent.levels.first { $0.partitions.contains(RelationName(target)) }
            return JobStatements.attaching(
                Identifier.qualified(target.schema, target.finishedName),
                to: level.map { Identifier.qualified($0.schema, $0.index) } ?? top
            )
        }
        var preparing = preparing(parent, for: job)
        if !preparing.isEmpty {
            // The indexes of partitioned tables are empty and built in a moment, but waiting for their locks blocks writers.
            preparing = ["SET lock_timeout = '2s'"] + preparing + ["SET lock_timeout = 0"]
        }
        return JobStatements.settings(job) + preparing + making + attachments
    }

    /// The statements that make the indexes of the partitioned tables, each attached to that of the table above: PostgreSQL
    /// attaches an index only to that of the table directly above.
    private func preparing(_ parent: Parent, for job: Job) -> [String] {
        func making(_ table: QualifiedName, _ name: String) -> String {
            // The job of another partition may have made it since; if it is another relation, attaching to it fails.
            JobStatements.makingParent(self, of: table, column: job.collection.column, name: name, onlyIfMissing: true)
        }
        let collection = job.collection
        var statements: [String] = []
        if !parent.exists {
            statements.append(making(Identifier.qualified(collection.schema, collection.table), parent.name))
        }
        for level in parent.levels {
            if !level.exists { statements.append(making(Identifier.qualified(level.schema, level.table), level.index)) }
            guard !level.isAttached else { continue }
            let above = level.above.map { parent.levels[$0] }
            statements.append(
                JobStatements.attaching(
                    Identifier.qualified(level.schema, level.index),
                    to: Identifier.qualified(above?.schema ?? collection.schema, above?.index ?? parent.name)
                )
            )
        }
        return statements
    }

    func building(for job: Job, at target: Job.Target) -> [String] {
        [JobStatements.build(definition, on: target, column: job.collection.column)]
    }

    func swapping(at target: Job.Target, dressing: [String]?) -> [String] {
        [JobStatements.rename(target.buildingName, to: target.finishedName, schema: target.schema)]
    }
}

extension RebuildIndex: IndexJobStatements {
    func statements(for job: Job) -> [String] {
        JobStatements.settings(job) + job.targets.flatMap { statements(for: job, at: $0) }
    }

    private func statements(for job: Job, at target: Job.Target) -> [String] {
        let making = building(for: job, at: target)
        if isAttached {
            guard case .ivfflat(let lists) = definition.parameters else { return making }
            let index = Identifier.qualified(target.schema, oldName)
            // Searches wait behind a session that waits for this lock.
            return [
                "SET lock_timeout = '2s'", JobStatements.settingLists(of: index, to: lists), "SET lock_timeout = 0",
            ]
                + making
        }
        let renaming = swapping(at: target, dressing: nil)
        return making + (renaming.count > 1 ? ["BEGIN"] + renaming + ["COMMIT"] : renaming)
            + [JobStatements.dropping(retiredName ?? oldName, target)]
    }

    func building(for job: Job, at target: Job.Target) -> [String] {
        // An index that belongs to a partitioned one can be neither dropped nor replaced; reindexing keeps it attached.
        if isAttached { return ["REINDEX INDEX CONCURRENTLY \(Identifier.qualified(target.schema, oldName))"] }
        return [JobStatements.build(definition, on: target, column: job.collection.column)]
    }

    func swapping(at target: Job.Target, dressing: [String]?) -> [String] {
        if isAttached { return [] }
        let new = Identifier.qualified(target.schema, target.buildingName)
        let dressing = dressing ?? JobStatements.dressing(new, as: IndexTraits(definition))
        let naming = JobStatements.rename(target.buildingName, to: target.finishedName, schema: target.schema)
        guard let retiredName else { return dressing + [naming] }
        return dressing + [JobStatements.rename(oldName, to: retiredName, schema: target.schema), naming]
    }
}
