public import Advisor
internal import Postgres

/// The SQL that carries out a job: the only place that composes DDL.
public enum JobStatements {
    /// The statements in their order, each one complete and without a semicolon.
    ///
    /// - Parameter job: The job.
    /// - Returns: Exactly what is sent, session settings included.
    public static func statements(for job: Job) -> [String] {
        switch job.task {
        case .analyze: job.targets.flatMap { building(job, $0) }
        case .dropIndex(let index): job.targets.map { dropping(index, $0) }
        case .createIndex(let creation): settings(job) + creationStatements(job, creation)
        case .rebuildIndex(let rebuild): settings(job) + job.targets.flatMap { rebuildStatements(job, rebuild, $0) }
        }
    }

    /// The statements that make what a job is to make, each of them a transaction of its own.
    static func building(_ job: Job, _ target: Job.Target) -> [String] {
        switch job.task {
        case .analyze: return ["ANALYZE \(name(of: target))"]
        case .dropIndex: return []
        case .createIndex(let creation):
            return [build(creation.definition, on: target, column: job.collection.column)]
        case .rebuildIndex(let rebuild) where rebuild.isAttached:
            // An index of a partitioned one can be neither dropped nor renamed away; reindexing keeps it attached.
            return ["REINDEX INDEX CONCURRENTLY \(Identifier.qualified(target.schema, rebuild.oldName))"]
        case .rebuildIndex(let rebuild):
            return [build(rebuild.definition, on: target, column: job.collection.column)]
        }
    }

    /// The statements of one transaction that give a new index its name, and take it from the old one.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - target: Its table.
    ///   - dressing: What gives the new index all else that the old one has; where it is not known, what the job says.
    /// - Returns: The statements in their order.
    static func swapping(_ job: Job, _ target: Job.Target, dressing: [String]? = nil) -> [String] {
        let naming = rename(target.buildingName, to: target.finishedName, schema: target.schema)
        switch job.task {
        case .analyze, .dropIndex: return []
        case .createIndex: return [naming]
        case .rebuildIndex(let rebuild):
            if rebuild.isAttached { return [] }
            let new = Identifier.qualified(target.schema, target.buildingName)
            let dressing = dressing ?? Self.dressing(new, as: IndexTraits(rebuild.definition))
            guard let retired = rebuild.retiredName else { return dressing + [naming] }
            return dressing + [rename(rebuild.oldName, to: retired, schema: target.schema), naming]
        }
    }

    /// The statements that give an index what CREATE INDEX does not say, and take what is too much.
    static func dressing(
        _ index: QualifiedName,
        as wanted: IndexTraits,
        from present: IndexTraits = IndexTraits()
    ) -> [String] {
        var statements: [String] = []
        if wanted.comment != present.comment {
            statements.append("COMMENT ON INDEX \(index) IS \(wanted.comment.map { Literal($0).sql } ?? "NULL")")
        }
        if wanted.statisticsTarget != present.statisticsTarget {
            statements.append("ALTER INDEX \(index) ALTER COLUMN 1 SET STATISTICS \(wanted.statisticsTarget ?? -1)")
        }
        for name in wanted.extensions where !present.extensions.contains(name) {
            statements.append("ALTER INDEX \(index) DEPENDS ON EXTENSION \(Identifier(name))")
        }
        for name in present.extensions where !wanted.extensions.contains(name) {
            statements.append("ALTER INDEX \(index) NO DEPENDS ON EXTENSION \(Identifier(name))")
        }
        return statements
    }

    /// The statement that says how many lists the next REINDEX of an index makes.
    static func settingLists(of index: QualifiedName, to lists: Int) -> String {
        "ALTER INDEX \(index) SET (lists = \(lists))"
    }

    /// The statement that drops an index of a job's table.
    static func dropping(_ index: String, _ target: Job.Target) -> String {
        "DROP INDEX CONCURRENTLY \(Identifier.qualified(target.schema, index))"
    }

    /// What makes a build fast, and keeps it from being ended half-way: the wait for old snapshots comes at its very
    /// end and counts against every timeout.
    static func settings(_ job: Job) -> [String] {
        var statements = ["SET statement_timeout = 0", "SET lock_timeout = 0"]
        // An index without a tablespace of its own stays in that of the database.
        if case .rebuildIndex(let rebuild) = job.task, !rebuild.isAttached {
            statements.append("SET default_tablespace = ''")
        }
        guard let settings = job.settings else { return statements }
        statements.append("SET maintenance_work_mem = '\(memory(settings.maintenanceWorkMemoryBytes))'")
        statements.append("SET max_parallel_maintenance_workers = \(settings.parallelWorkers)")
        if settings.parallelWorkers > 0 { statements.append("SET min_parallel_table_scan_size = 0") }
        return statements
    }

    /// A size as PostgreSQL takes it: in MB, or to the kB where it is no whole number of them.
    private static func memory(_ bytes: Int64) -> String {
        let kilobytes = bytes >> 10
        return kilobytes.isMultiple(of: 1_024) ? "\(kilobytes >> 10)MB" : "\(kilobytes)kB"
    }

    private static func creationStatements(_ job: Job, _ creation: CreateIndex) -> [String] {
        let building = job.targets.flatMap { Self.building(job, $0) + swapping(job, $0) }
        guard let parent = creation.parent else { return building }
        let collection = job.collection
        let attachments = job.targets.map { target in
            attaching(
                Identifier.qualified(target.schema, target.finishedName),
                to: Identifier.qualified(collection.schema, parent.name)
            )
        }
        guard !parent.exists else { return building + attachments }
        let making = makingParent(
            creation,
            of: Identifier.qualified(collection.schema, collection.table),
            column: collection.column,
            name: parent.name
        )
        // The parent's index is empty and made in a moment, but its lock holds up writers while it is waited for.
        return ["SET lock_timeout = '2s'", making, "SET lock_timeout = 0"] + building + attachments
    }

    /// The statement that makes the index of a partitioned table, which holds nothing itself.
    static func makingParent(
        _ creation: CreateIndex,
        of table: QualifiedName,
        column: String,
        name: String?
    ) -> String {
        "CREATE INDEX \(name.map { "\(Identifier($0)) " } ?? "")ON ONLY \(table) "
            + indexed(creation.definition, column: column)
    }

    /// The statement that makes an index a part of the one of a partitioned table.
    static func attaching(_ index: QualifiedName, to parent: QualifiedName) -> String {
        "ALTER INDEX \(parent) ATTACH PARTITION \(index)"
    }

    private static func rebuildStatements(_ job: Job, _ rebuild: RebuildIndex, _ target: Job.Target) -> [String] {
        let making = building(job, target)
        if rebuild.isAttached {
            guard case .ivfflat(let lists) = rebuild.definition.parameters else { return making }
            let setting = settingLists(of: Identifier.qualified(target.schema, rebuild.oldName), to: lists)
            // Searches wait behind whoever waits for this lock.
            return ["SET lock_timeout = '2s'", setting, "SET lock_timeout = 0"] + making
        }
        let renaming = swapping(job, target)
        return making + (renaming.count > 1 ? ["BEGIN"] + renaming + ["COMMIT"] : renaming)
            + [dropping(rebuild.retiredName ?? rebuild.oldName, target)]
    }

    private static func build(_ definition: IndexDefinition, on target: Job.Target, column: String) -> String {
        // IF NOT EXISTS would take an invalid leftover of this name for success.
        "CREATE INDEX CONCURRENTLY \(Identifier(target.buildingName)) ON \(name(of: target)) "
            + indexed(definition, column: column)
    }

    private static func indexed(_ definition: IndexDefinition, column: String) -> String {
        let key = definition.expression.map { DeparsedSQL($0).legible } ?? Identifier(column).description
        let operatorClass = Identifier.qualified(definition.operatorClassSchema, definition.operatorClass)
        let parameters = definition.writtenOptions.map(assignment).joined(separator: ", ")
        return "USING \(definition.method) (\(key) \(operatorClass))"
            + (parameters.isEmpty ? "" : " WITH (\(parameters))")
            + (definition.tablespace.map { " TABLESPACE \(Identifier($0))" } ?? "")
            + (definition.predicate.map { " WHERE \(DeparsedSQL($0).legible)" } ?? "")
    }

    /// A storage parameter of the catalog, `name=value`, as SQL; its value as it was written, leading zeros included.
    private static func assignment(_ option: String) -> String {
        let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = parts.count > 1 ? parts[1] : ""
        let isPlain = parts[0].utf8.allSatisfy { (97...122).contains($0) || $0 == UInt8(ascii: "_") }
        let name = isPlain && !parts[0].isEmpty ? parts[0] : Identifier(parts[0]).sql
        return "\(name) = \(Int(value).map { String($0) == value } == true ? value : Literal(value).sql)"
    }

    /// The statement that gives an index another name.
    static func rename(_ name: String, to newName: String, schema: String) -> String {
        "ALTER INDEX \(Identifier.qualified(schema, name)) RENAME TO \(Identifier(newName))"
    }

    private static func name(of target: Job.Target) -> QualifiedName {
        Identifier.qualified(target.schema, target.table)
    }
}
