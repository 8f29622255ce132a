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
        case .analyze:
            job.targets.map { "ANALYZE \(name(of: $0))" }
        case .dropIndex(let index):
            job.targets.map { "DROP INDEX CONCURRENTLY \(Identifier.qualified($0.schema, index))" }
        case .createIndex(let creation):
            settings(job) + creationStatements(job, creation)
        case .rebuildIndex(let rebuild):
            settings(job) + job.targets.flatMap { rebuildStatements(job, rebuild, $0) }
        }
    }

    /// What makes a build fast, and keeps it from being ended half-way: the wait for old snapshots comes at its very
    /// end and counts against every timeout.
    private static func settings(_ job: Job) -> [String] {
        var statements = ["SET statement_timeout = 0", "SET lock_timeout = 0"]
        guard let settings = job.settings else { return statements }
        let megabytes = settings.maintenanceWorkMemoryBytes >> 20
        statements.append("SET maintenance_work_mem = '\(megabytes)MB'")
        statements.append("SET max_parallel_maintenance_workers = \(settings.parallelWorkers)")
        if settings.parallelWorkers > 0 { statements.append("SET min_parallel_table_scan_size = 0") }
        return statements
    }

    private static func creationStatements(_ job: Job, _ creation: CreateIndex) -> [String] {
        let building = job.targets.flatMap { target in
            [
                build(creation.definition, on: target, collection: job.collection, concurrently: true),
                rename(target.buildingName, to: target.finishedName, schema: target.schema),
            ]
        }
        guard let parent = creation.parent else { return building }
        let schema = job.collection.schema
        let attaching = job.targets.map { target in
            "ALTER INDEX \(Identifier.qualified(schema, parent.name)) "
                + "ATTACH PARTITION \(Identifier.qualified(target.schema, target.finishedName))"
        }
        guard !parent.exists else { return building + attaching }
        let parentTarget = Job.Target(
            schema: schema,
            table: job.collection.table,
            buildingName: parent.name,
            finishedName: parent.name
        )
        // The parent's index is empty and made in a moment, but its lock holds up writers while it is waited for.
        return [
            "SET lock_timeout = '2s'",
            build(creation.definition, on: parentTarget, collection: job.collection, concurrently: false),
            "SET lock_timeout = 0",
        ] + building + attaching
    }

    private static func rebuildStatements(_ job: Job, _ rebuild: RebuildIndex, _ target: Job.Target) -> [String] {
        let old = Identifier.qualified(target.schema, rebuild.oldName)
        if rebuild.isAttached {
            // An index of a partitioned one can be neither dropped nor renamed away; reindexing keeps it attached.
            var statements: [String] = []
            if case .ivfflat(let lists) = rebuild.definition.parameters {
                statements.append("ALTER INDEX \(old) SET (lists = \(lists))")
            }
            return statements + ["REINDEX INDEX CONCURRENTLY \(old)"]
        }
        var statements = [build(rebuild.definition, on: target, collection: job.collection, concurrently: true)]
        if let comment = rebuild.definition.comment {
            let new = Identifier.qualified(target.schema, target.buildingName)
            statements.append("COMMENT ON INDEX \(new) IS \(Literal(comment))")
        }
        var leaving = rebuild.oldName
        if let retired = rebuild.retiredName {
            statements += [
                "BEGIN",
                rename(rebuild.oldName, to: retired, schema: target.schema),
                rename(target.buildingName, to: target.finishedName, schema: target.schema),
                "COMMIT",
            ]
            leaving = retired
        } else {
            statements.append(rename(target.buildingName, to: target.finishedName, schema: target.schema))
        }
        return statements + ["DROP INDEX CONCURRENTLY \(Identifier.qualified(target.schema, leaving))"]
    }

    private static func build(
        _ definition: IndexDefinition,
        on target: Job.Target,
        collection: CollectionName,
        concurrently: Bool
    ) -> String {
        let column = definition.expression.map { DeparsedSQL($0).legible } ?? Identifier(collection.column).description
        let operatorClass = Identifier.qualified(definition.operatorClassSchema, definition.operatorClass)
        let parameters =
            switch definition.parameters {
            case .ivfflat(let lists): "lists = \(lists)"
            case .hnsw(let m, let efConstruction): "m = \(m), ef_construction = \(efConstruction)"
            }
        // IF NOT EXISTS would take an invalid leftover of this name for success.
        return "CREATE INDEX \(concurrently ? "CONCURRENTLY " : "")\(Identifier(target.buildingName)) "
            + "ON \(concurrently ? "" : "ONLY ")\(name(of: target)) "
            + "USING \(definition.method) (\(column) \(operatorClass)) WITH (\(parameters))"
            + (definition.tablespace.map { " TABLESPACE \(Identifier($0))" } ?? "")
            + (definition.predicate.map { " WHERE \(DeparsedSQL($0).legible)" } ?? "")
    }

    private static func rename(_ name: String, to newName: String, schema: String) -> String {
        "ALTER INDEX \(Identifier.qualified(schema, name)) RENAME TO \(Identifier(newName))"
    }

    private static func name(of target: Job.Target) -> QualifiedName {
        Identifier.qualified(target.schema, target.table)
    }
}
