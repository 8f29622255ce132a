public import Advisor
internal import Postgres

/// The SQL that carries out a job: the only place that composes DDL.
public enum JobStatements {
    /// The statements of a job in their order, each one complete and without a semicolon.
    ///
    /// - Parameter job: The job.
    /// - Returns: Exactly what is sent, session settings included; none for a kind that changes nothing.
    public static func statements(for job: Job) -> [String] {
        (job.spec as? any IndexJobStatements)?.statements(for: job) ?? []
    }

    /// The statements that make what a job is to make, each of them a transaction of its own.
    static func building(_ job: Job, _ target: Job.Target) -> [String] {
        (job.spec as? any IndexJobStatements)?.building(for: job, at: target) ?? []
    }

    /// The statements of one transaction that give a new index its name, and take it from the old one.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - target: Its table.
    ///   - dressing: What gives the new index all else that the old one has; where it is not known, what the job says.
    /// - Returns: The statements in their order.
    static func swapping(_ job: Job, _ target: Job.Target, dressing: [String]? = nil) -> [String] {
        (job.spec as? any IndexJobStatements)?.swapping(at: target, dressing: dressing) ?? []
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
        if let rebuild = job.spec as? RebuildIndex, !rebuild.isAttached {
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

    /// The statement that builds an index under the name of a build.
    static func build(_ definition: IndexDefinition, on target: Job.Target, column: String) -> String {
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

    /// The table, quoted.
    static func name(of target: Job.Target) -> QualifiedName {
        Identifier.qualified(target.schema, target.table)
    }
}
