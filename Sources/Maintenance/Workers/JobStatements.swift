public import Advisor
public import Postgres

/// Composes the SQL of jobs, which workers send and reports print.
public enum JobStatements {
    /// The statements of a job in their order, each one complete and without a semicolon.
    ///
    /// - Parameter job: The job.
    /// - Returns: What is sent, including session settings; none for a kind that changes nothing. For indexes of partitioned
    ///   tables, a statement that runs as it is printed, where the worker reads the catalog instead.
    public static func statements(for job: Job) -> [String] {
        (job.spec as? any IndexJobStatements)?.statements(for: job) ?? []
    }

    /// The statements of a job of the queue, for the partitioned tables and their indexes that there are now.
    ///
    /// - Parameters:
    ///   - record: The job.
    ///   - connection: A session in its database.
    /// - Returns: The statements, as ``statements(for:)`` has them.
    /// - Throws: When the server refuses or the connection is lost.
    public static func statements(
        for record: JobRecord,
        on connection: inout Connection
    ) async throws(PostgresError) -> [String] {
        var job = record.job
        guard var creation = job.spec as? CreateIndex, var parent = creation.parent, let target = job.targets.first
        else { return statements(for: job) }
        let rows = try await connection.queue(
            Statement(
                PackageResources.index_job_context_ancestors_sql,
                [target.schema, target.table, job.collection.column]
            )
        )
        let ancestors = try AncestorRows(rows, definition: creation.definition)
            .ancestors(upTo: job.collection, parent: parent)
        if let top = ancestors.first?.index, top.fits { (parent.name, parent.exists) = (top.name, true) }
        parent.levels = []
        parent.add(
            ancestors,
            above: RelationName(target),
            for: creation.definition,
            column: job.collection.column,
            taken: [target.buildingName, target.finishedName]
        )
        creation.parent = parent
        job.spec = creation
        return statements(for: job)
    }

    /// The statements that build what the job is to build, each of them a transaction of its own.
    static func building(_ job: Job, _ target: Job.Target) -> [String] {
        (job.spec as? any IndexJobStatements)?.building(for: job, at: target) ?? []
    }

    /// The statements of one transaction that rename the old index, and give its name to the new one.
    ///
    /// - Parameters:
    ///   - job: The job.
    ///   - target: Its table.
    ///   - dressing: The statements that give the new index all else that the old one has; `nil` for those from the job.
    /// - Returns: The statements in their order.
    static func swapping(_ job: Job, _ target: Job.Target, dressing: [String]? = nil) -> [String] {
        (job.spec as? any IndexJobStatements)?.swapping(at: target, dressing: dressing) ?? []
    }

    /// The statements that set properties of an index that CREATE INDEX does not, and remove those that it is not to have.
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

    /// The statement that sets how many lists the next REINDEX of an index creates.
    static func settingLists(of index: QualifiedName, to lists: Int) -> String {
        "ALTER INDEX \(index) SET (lists = \(lists))"
    }

    /// The statement that drops an index of a job's table.
    static func dropping(_ index: String, _ target: Job.Target) -> String {
        "DROP INDEX CONCURRENTLY \(Identifier.qualified(target.schema, index))"
    }

    /// The settings that make a build fast and keep timeouts from ending it: the wait for old snapshots comes at its very
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

    /// A size as PostgreSQL accepts it: in MB, or in kB if it is not a whole number of MB.
    private static func memory(_ bytes: Int64) -> String {
        let kilobytes = bytes >> 10
        return kilobytes.isMultiple(of: 1_024) ? "\(kilobytes >> 10)MB" : "\(kilobytes)kB"
    }

    /// The statement that creates the index of a partitioned table, which holds no data itself.
    static func makingParent(
        _ creation: CreateIndex,
        of table: QualifiedName,
        column: String,
        name: String?,
        onlyIfMissing: Bool = false
    ) -> String {
        "CREATE INDEX \(onlyIfMissing ? "IF NOT EXISTS " : "")\(name.map { "\(Identifier($0)) " } ?? "")ON ONLY \(table) "
            + indexed(creation.definition, column: column)
    }

    /// The statement that attaches an index to the index of a partitioned table.
    static func attaching(_ index: QualifiedName, to parent: QualifiedName) -> String {
        "ALTER INDEX \(parent) ATTACH PARTITION \(index)"
    }

    /// The statement that builds an index under its temporary name.
    static func build(_ definition: IndexDefinition, on target: Job.Target, column: String) -> String {
        // IF NOT EXISTS would treat an invalid leftover of this name as success.
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

    /// A storage parameter of the catalog, `name=value`, as SQL; the value is unchanged, including leading zeros.
    private static func assignment(_ option: String) -> String {
        let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let value = parts.count > 1 ? parts[1] : ""
        let isPlain = parts[0].utf8.allSatisfy { (97...122).contains($0) || $0 == UInt8(ascii: "_") }
        let name = isPlain && !parts[0].isEmpty ? parts[0] : Identifier(parts[0]).sql
        return "\(name) = \(Int(value).map { String($0) == value } == true ? value : Literal(value).sql)"
    }

    /// The statement that renames an index.
    static func rename(_ name: String, to newName: String, schema: String) -> String {
        "ALTER INDEX \(Identifier.qualified(schema, name)) RENAME TO \(Identifier(newName))"
    }

    /// The quoted name of the table.
    static func name(of target: Job.Target) -> QualifiedName {
        Identifier.qualified(target.schema, target.table)
    }
}
