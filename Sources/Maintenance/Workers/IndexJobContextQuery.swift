internal import Advisor
internal import Postgres

/// Reads from the catalog all that decides the next step of a job, in one round trip.
struct IndexJobContextQuery {
    private let record: JobRecord
    private let target: Job.Target
    private let names: IndexJobNames
    private let parent: CreateIndex.Parent?

    init(record: JobRecord) throws(PostgresError) {
        guard let target = record.job.targets.first, record.job.targets.count == 1 else {
            throw PostgresError(.invalidStatement, "job \(record.id) is not about one table")
        }
        self.record = record
        self.target = target
        names = IndexJobNames(record.job)
        parent = record.job.indexSpec?.parent
    }

    /// Reads first which session works on the table, then the catalog as it is committed after that.
    ///
    /// Locks are always current. With one snapshot for both, a build that ends between them would have released its lock
    /// while its index still looks invalid, so that the job would drop it as a leftover.
    var statements: [Statement] {
        let column = record.job.collection.column
        let own = [
            Statement(PackageResources.index_job_context_table_sql, [target.schema, target.table, column]),
            Statement(
                PackageResources.index_job_context_indexes_sql,
                [target.schema, target.table, column, record.job.dropsOrphanedIndex, names.reindexed]
            ),
            namesStatement,
        ]
        guard parent != nil else { return own }
        return own + [
            Statement(PackageResources.index_job_context_ancestors_sql, [target.schema, target.table, column])
        ]
    }

    /// Reads which relations have the names that the job gives: the parent's name may belong to an index of the parent, any
    /// other to an index of the job's own table.
    private var namesStatement: Statement {
        let given = record.job.newNames
        let tables = given.map { $0.name == parent?.name ? record.job.collection.table : target.table }
        return Statement(
            PackageResources.index_job_context_names_sql,
            [given.map(\.schema), given.map(\.name), tables]
        )
    }

    /// Whether the job exists because there was no index for any distance metric: the table may have got one during the poll.
    private var isOfUnindexed: Bool {
        record.job.spec is CreateIndex && record.job.origin == .rule
    }

    /// Reads the results.
    func context(_ results: [Rows]) throws(PostgresError) -> IndexJobContext {
        let definition = record.job.definition
        let table = try results[0].one()
        var context = IndexJobContext(
            hasTable: try table["table_oid", as: Int64?.self] != nil,
            hasColumn: try table["has_column", as: Bool.self],
            isPrimary: try !table["is_in_recovery", as: Bool.self]
        )
        if let processID = try table["worker_process_id", as: Int?.self] {
            let application = try table["worker_application", as: String?.self]
            context.worker = IndexJobContext.Worker(
                processID: processID,
                isOwn: application == JobQueue.applicationName(of: record.id)
            )
        }
        var others: [SeenRow] = []
        var old: SeenRow?
        for row in results[1] {
            let name = try row["name", as: String.self]
            let seen = try SeenRow(row)
            let index = IndexJobContext.CatalogIndex(
                identity: seen.identity,
                isUsable: seen.isUsable,
                fits: definition.map { seen.fits($0) } ?? true,
                attachedTo: seen.attachedTo,
                name: name
            )
            switch seen.reindexLeftover {
            case "new": context.building = index
            case "old": context.retired = index
            default: break
            }
            if name == names.building { context.building = index }
            if name == names.finished { context.finished = index }
            if name == names.old { (context.old, old) = (index, seen) }
            if name == names.retired { context.retired = index }
            if !names.all.contains(name), seen.reindexLeftover == nil { others.append(seen) }
            context.ownNames.insert(RelationName(schema: target.schema, name: name))
        }
        for row in results[2] {
            let name = RelationName(
                schema: try row["schema", as: String.self],
                name: try row["name", as: String.self]
            )
            context.foreignNames.insert(name)
        }
        context.hasEquivalentIndex = others.contains { other in
            definition.map { other.serves(as: $0, whateverMeasure: isOfUnindexed) }
                ?? old.map { other.serves(as: $0) } ?? false
        }
        if let parent, let definition {
            context.ancestors = try AncestorRows(results[3], definition: definition)
                .ancestors(upTo: record.job.collection, parent: parent)
        }
        return context
    }
}

/// A row of `index_job_context_indexes.sql`.
private struct SeenRow {
    var identity: IndexIdentity
    var attachedTo: UInt32?
    var isUsable: Bool
    var isOnTable: Bool
    var isOnColumn: Bool
    var isPartial: Bool
    /// The column or expression, and the predicate; `nil` if they were not read.
    var key: String?
    var predicate: String?
    var method: String
    var operatorClass: String
    var options: Set<String>
    /// Its part in a REINDEX of the job's index, `new` or `old`; `nil` if it has none.
    var reindexLeftover: String?

    init(_ row: Row) throws(PostgresError) {
        identity = IndexIdentity(oid: try row.oid("oid"), relfilenode: try row.oid("relfilenode"))
        attachedTo = try row["attached_to", as: Int64?.self] == nil ? nil : row.oid("attached_to")
        isUsable = try row["is_usable", as: Bool.self]
        isOnTable = try row["is_on_table", as: Bool.self]
        isOnColumn = try row["is_on_column", as: Bool.self]
        isPartial = try row["is_partial", as: Bool.self]
        key = try row["key", as: String?.self]
        predicate = try row["predicate", as: String?.self]
        method = try row["method", as: String.self]
        operatorClass = try row["operator_class", as: String.self]
        options = Set(try row["options", as: [String]?.self] ?? [])
        reindexLeftover = try row["reindex_leftover", as: String?.self]
    }

    /// Whether it is the index that was to be built.
    func fits(_ definition: IndexDefinition) -> Bool {
        isOnTable && method == "\(definition.method)" && operatorClass == definition.operatorClass
            && options == Set(definition.writtenOptions)
            // Another index of this name would not be part of a partitioned index; finding that out would run its code.
            && isPartial == (definition.predicate != nil) && (definition.expression != nil || isOnColumn)
    }

    /// Whether it answers the queries that the definition is for.
    func serves(as definition: IndexDefinition, whateverMeasure isAny: Bool = false) -> Bool {
        isUsable && isOnTable && isOnColumn && !isPartial && definition.expression == nil
            && (operatorClass == definition.operatorClass || isAny && ["hnsw", "ivfflat"].contains(method))
    }

    /// Whether it answers all queries that another index of the table answers.
    ///
    /// pgvector's operator classes for one operator have the same name in each method.
    func serves(as other: SeenRow) -> Bool {
        isUsable && isOnTable && key != nil && key == other.key && (predicate == nil || predicate == other.predicate)
            && operatorClass == other.operatorClass
    }
}
