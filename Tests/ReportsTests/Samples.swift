import Advisor
import AdvisorFixture
import Reports

/// A collection with only what a case is about spelled out.
func collection(
    _ table: String,
    schema: String = "vecs",
    column: String = "vec",
    owner: String = "app",
    rows: Int64 = 10_000,
    source: RowCount.Source = .statistics,
    indexes: [VectorIndex] = [hnsw()],
    type: VectorType = .vector,
    dimensions: Int? = 64,
    statistics: TableStatistics? = nil,
    lockedBy: String? = nil,
    countBlocker: String? = nil,
    access: Collection.Access = Collection.Access(),
    nullFraction: Double? = 0,
    oid: UInt32 = 1
) -> Collection {
    Collection(
        name: CollectionName(schema: schema, table: table, column: column),
        owner: owner,
        type: type,
        dimensions: dimensions,
        relations: [
            Relation(
                oid: oid,
                schema: schema,
                table: table,
                rows: RowCount(rows, source),
                nullFraction: nullFraction,
                statistics: statistics ?? fresh(rows),
                indexes: indexes,
                lockedBy: lockedBy,
                countBlocker: countBlocker
            )
        ],
        access: access
    )
}

/// A partitioned collection; each part is a number of rows and the indexes of a partition.
func partitioned(_ table: String, _ parts: [(rows: Int64, indexes: [VectorIndex])]) -> Collection {
    var collection = collection(table)
    collection.isPartitioned = true
    collection.relations = parts.enumerated().map { number, part in
        Relation(
            oid: UInt32(900 + number),
            schema: "vecs",
            table: "\(table)_\(number)",
            rows: RowCount(part.rows, .statistics),
            nullFraction: 0,
            statistics: fresh(part.rows),
            indexes: part.indexes
        )
    }
    return collection
}

/// A database that was polled, with SQL that stands for that of each job.
func section(
    _ collections: [Collection],
    layers: [PolicyLayer] = [],
    server: ServerFacts = facts(),
    builds: [ActiveBuild] = [],
    snapshotHolders: [SnapshotHolder] = [],
    missingPrivileges: [String] = [],
    searchSources: SearchSources? = nil,
    queue: QueueSnapshot? = nil
) -> DatabaseSection {
    var snapshot = CatalogSnapshot(
        server: server,
        collections: collections,
        builds: builds,
        snapshotHolders: snapshotHolders,
        missingPrivileges: missingPrivileges
    )
    snapshot.searchSources = searchSources
    let assessment = assess(snapshot, layers: layers, queue: queue)
    let statements = assessment.plan.jobs.map { job in
        job.targets.map { "\(job.kind.uppercased()) ON \"\($0.schema)\".\"\($0.table)\"" }
    }
    return DatabaseSection(
        name: "app",
        target: "database app on db1:5432 as steward",
        outcome: .assessed(assessment, statements: statements, elapsedSeconds: 0.0125)
    )
}

/// A job of the queue, as a rule asked for it unless told otherwise.
func entry(
    _ id: Int64,
    _ spec: any JobSpec,
    _ state: JobState,
    on table: String = "docs",
    schema: String = "vecs",
    attempts: Int = 0,
    oldIndex: IndexIdentity? = nil,
    origin: Job.Origin = .rule,
    reason: String = "grown to 2.5 times the 80,000 rows that its index was built on",
    isCancelRequested: Bool = false,
    notBefore: Double? = nil,
    failure: QueueEntry.Failure? = nil,
    putOff: QueueEntry.PutOff? = nil,
    heldBy: LockingSession? = nil
) -> QueueEntry {
    let job = Job(
        spec: spec,
        collection: CollectionName(schema: schema, table: table, column: "vec"),
        targets: [Job.Target(schema: schema, table: table)],
        disposition: .act,
        reasons: [Job.Reason(rule: "outgrown", summary: reason)],
        origin: origin
    )
    let begun = state.isBegun || attempts > 0 ? 1_789_999_000.0 : nil
    return QueueEntry(
        record: JobRecord(
            id: id,
            job: job,
            state: state,
            attempts: attempts,
            oldIndex: oldIndex,
            isCancelRequested: isCancelRequested
        ),
        createdAt: 1_789_990_000,
        startedAt: begun,
        finishedAt: state == .failed ? 1_789_999_900 : nil,
        notBefore: notBefore,
        failure: failure,
        putOff: putOff,
        heldBy: heldBy
    )
}

/// The rebuilding of an index.
func rebuild(_ name: String) -> RebuildIndex {
    let definition = IndexDefinition(
        distanceMetric: .cosineDistance,
        operatorClass: "vector_cosine_ops",
        operatorClassSchema: "public",
        parameters: .ivfflat(lists: 200)
    )
    return RebuildIndex(definition: definition, oldName: name)
}

let unreachable = DatabaseSection(
    name: "archive",
    target: "database archive on db2:5432 as steward",
    outcome: .failed(
        Failure(message: "connection refused", hint: "Check that the server runs.", sqlState: "08006")
    )
)

func report(_ sections: DatabaseSection...) -> Report { Report(programVersion: "1.2.3", databases: sections) }

func text(_ sections: DatabaseSection..., width: Int = 100, color: Bool = false) -> String {
    TextReport(style: .init(color: color, width: width)).render(Report(programVersion: "1.2.3", databases: sections))
}

func lines(_ text: String) -> [String] {
    text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
}

/// The parts of a text that empty lines separate.
func blocks(_ text: String) -> [[String]] {
    lines(text).dropLast().split(separator: "").map(Array.init)
}

/// The lines of the first table of collections, up to the empty line after it.
func table(_ text: String) -> [String] { blocks(text).dropFirst().first ?? [] }

/// The lines of the table of healthy collections, which is the last thing before the summary.
func healthyTable(_ text: String) -> [String] { blocks(text).dropLast().last ?? [] }
