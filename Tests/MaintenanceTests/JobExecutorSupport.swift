import Advisor
import DatabaseFixture
import Postgres
import Synchronization

@testable import Maintenance

/// What a job has written down and reported, and the number of writes after which its program is gone.
final class Journal: Sendable {
    private struct State {
        var record: JobRecord
        var states: [JobState] = []
        var news: [JobEvent] = []
    }

    private let state: Mutex<State>
    private let writes: Int

    init(_ record: JobRecord, diesAfter writes: Int = .max) {
        state = Mutex(State(record: record))
        self.writes = writes
    }

    var record: JobRecord { state.withLock { $0.record } }
    var states: [JobState] { state.withLock { $0.states } }
    var news: [JobEvent] { state.withLock { $0.news } }
    /// The news but for progress and steps, as a log has them.
    var words: [String] {
        news.compactMap { news in
            switch news {
            case .progress, .enters: nil
            default: news.words
            }
        }
    }
    var progress: [JobProgress] {
        news.compactMap { news in if case .progress(let progress) = news { progress } else { nil } }
    }

    func save(_ record: JobRecord) throws(PostgresError) {
        let count = state.withLock { state in
            state.record = record
            state.states.append(record.state)
            return state.states.count
        }
        if count >= writes { throw PostgresError(.cancelled, "killed") }
    }

    func add(_ news: JobEvent) { state.withLock { $0.news.append(news) } }
}

let everythingActs = PolicyLayer(
    rules: Dictionary(uniqueKeysWithValues: RuleBook.all.map { ($0.name, RuleOverride(mode: .act)) }),
    index: IndexOverride(distanceMetric: .cosineDistance)
)

/// The records of the jobs that the rules ask for, one for each table, as a queue would hold them.
func jobRecords(_ database: TestDatabase, kind: String) async throws -> [JobRecord] {
    let assessment = try await assess(database, layers: [everythingActs])
    let singles = assessment.plan.jobs.filter { $0.kind == kind && $0.disposition == .act }.flatMap(\.singles)
    return singles.enumerated().map { number, job in
        let collection = assessment.snapshot.collections.first { $0.name == job.collection }
        let old = collection?.relations[0].indexes.first { $0.name == IndexJobNames(job).old }
        return JobRecord(
            id: Int64(number + 1),
            job: job,
            oldIndex: old.map { IndexIdentity(oid: $0.oid, relfilenode: $0.relfilenode) }
        )
    }
}

/// Carries out a job as the role of vecsteward, and writes down in a journal what becomes of it.
func carryOut(
    _ journal: Journal,
    on database: TestDatabase,
    control: JobControl = JobControl(),
    leaderProcessID: Int32? = nil,
    prepare: (inout JobExecutor) -> Void = { _ in }
) async throws -> JobOutcome {
    var runner = JobExecutor(
        try database.connections(try await database.target(nil)),
        leaderProcessID: leaderProcessID
    )
    prepare(&runner)
    return try await runner.carryOut(
        journal.record,
        control: control,
        save: { (record) throws(PostgresError) in try journal.save(record) },
        onEvent: { journal.add($0) }
    )
}

/// The vector indexes of a table: name, and whether queries can use it.
func usableIndexes(_ database: TestDatabase, of collection: String = "public.docs.vec") async throws -> [String: Bool] {
    let found = try await assess(database).collection(collection).relations[0].indexes
    return Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.isUsable) })
}

/// SQL of an IVFFlat index with this name, whose table has outgrown it.
func outgrown(_ name: String) -> String {
    table("docs", rows: 1_600) + """
        CREATE INDEX \(name) ON docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);
        INSERT INTO docs SELECT * FROM docs UNION ALL SELECT * FROM docs;
        """
}

/// Runs a test beside a transaction whose snapshot holds up the end of every concurrent build.
func withOldSnapshot(_ database: TestDatabase, _ body: (inout Connection) async throws -> Void) async throws {
    var holder = try await database.connect(applicationName: "the holder")
    _ = try await holder.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
    _ = try await holder.query("SELECT count(*) FROM pg_class")
    try await body(&holder)
}

/// Begins a transaction that has written to the table of ``outgrown(_:)``.
func openWriter(in database: TestDatabase) async throws -> Connection {
    var writer = try await database.connect(applicationName: "the writer")
    _ = try await writer.query("BEGIN")
    _ = try await writer.query("INSERT INTO docs SELECT * FROM docs LIMIT 1")
    return writer
}

/// Whether every partition of `docs` has one index, attached to a valid one of the table above, up to the uppermost.
func isWhole(_ database: TestDatabase, partitions: Int = 2) async throws -> Bool {
    let docs = try await assess(database).collection("public.docs.vec")
    let invalid = try await database.query("SELECT FROM pg_index WHERE NOT indisvalid")
    return docs.partitionedIndexes.count == 1 && invalid.isEmpty && docs.relations.count == partitions
        && docs.partitionedTables.allSatisfy { $0.indexes.count == 1 && $0.indexes[0].isValid }
        && docs.relations.allSatisfy { $0.indexes.count == 1 && $0.indexes[0].attachedTo != nil }
}

/// Waits until a build of this database is in a phase: other tests build in theirs.
func waitForBuild(in phase: String, _ database: TestDatabase) async throws {
    try await wait(
        for: "SELECT FROM pg_stat_progress_create_index WHERE datname = current_database() AND phase = \(phase)",
        on: database
    )
}

/// Waits until a statement has a row.
func wait(for statement: Statement, on database: TestDatabase) async throws {
    var watcher = try await database.connect()
    while try await watcher.query(statement).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
}
