import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

/// Jobs of every kind with every optional part, and names that only quoting survives.
enum SampleJobs {
    /// 63 bytes, with quotes, a line break, a backslash and an emoji.
    static let hostile = "a\"b'c\\d\n;--{,}NULL😀" + String(repeating: "é", count: 20) + "z"
    /// Names of 63 bytes that differ in their last one.
    static let long = (1...4).map { String(repeating: "x", count: 62) + String($0) }

    static let hnsw = IndexDefinition(
        distanceMetric: .cosineDistance,
        operatorClass: "vector_cosine_ops",
        operatorClassSchema: hostile,
        parameters: .hnsw(m: 16, efConstruction: 64),
        expression: "((vec)::halfvec(8))",
        predicate: "(name = 'it''s\n😀'::text)",
        options: ["ef_construction=64", "m=16"],
        statisticsTarget: 0,
        extensions: ["hstore", hostile]
    )
    static let ivfflat = IndexDefinition(
        distanceMetric: .hammingDistance,
        operatorClass: "bit_hamming_ops",
        operatorClassSchema: "public",
        parameters: .ivfflat(lists: 32_768)
    )

    static let create = job(
        CreateIndex(
            definition: hnsw,
            choiceReason: "auto: \"because\"",
            parent: CreateIndex.Parent(name: hostile, exists: true)
        ),
        disposition: .refused("no\nroom"),
        prediction: Prediction(memoryBytes: 1 << 40, diskBytes: 3, seconds: 0.1 + 0.2, basis: .builds(4)),
        settings: BuildSessionSettings(maintenanceWorkMemoryBytes: 64 << 20, parallelWorkers: 0)
    )
    static let rebuild = job(
        RebuildIndex(definition: ivfflat, oldName: hostile, retiredName: long[0], isAttached: false),
        disposition: .suggest("it would take long")
    )
    static let drop = job(DropIndex(name: hostile), finished: "", disposition: .suggest(nil))
    static let analyze = job(Analyze(), finished: "")
    static let all = [analyze, drop, create, rebuild]

    static func job(
        _ spec: any JobSpec,
        tables: [String] = [hostile],
        schema: String = hostile,
        finished: String = long[1],
        disposition: Job.Disposition = .act,
        prediction: Prediction? = nil,
        settings: BuildSessionSettings? = nil
    ) -> Job {
        Job(
            spec: spec,
            collection: CollectionName(schema: schema, table: tables[0], column: "vec\t"),
            targets: tables.map {
                Job.Target(
                    schema: schema,
                    table: $0,
                    buildingName: spec.builtIndex == nil ? "" : long[2],
                    finishedName: finished,
                    shape: prediction == nil
                        ? nil : BuildShape(type: .halfvec, dimensions: 4_000, rows: 1 << 40, elements: 7)
                )
            },
            disposition: disposition,
            reasons: [
                Job.Reason(rule: "outgrown", summary: "100 times, {\"so\"}, it \\ says"),
                Job.Reason(rule: "invalid", summary: ""),
            ],
            prediction: prediction,
            settings: settings
        )
    }

    static func analyze(_ table: String) -> Job { job(Analyze(), tables: [table], schema: "public", finished: "") }

    static func drop(_ index: String, of table: String) -> Job {
        job(DropIndex(name: index), tables: [table], schema: "public", finished: "")
    }
}

/// Runs a test with a database that has the schema `vecsteward`, and a connection of the role that it belongs to.
///
/// The tables of the application are made before that role gets its privileges.
func withState<Result>(
    on server: TestServer,
    beside tables: String? = nil,
    _ body: (TestDatabase, inout Connection) async throws -> Result
) async throws -> Result {
    try await withDatabase(on: server) { database in
        if let tables { try await database.execute(tables) }
        try await database.grant()
        var connection = try await database.connect(as: .steward)
        _ = try await StateSchema.prepare(on: &connection, createIfMissing: true)
        return try await body(database, &connection)
    }
}

extension SampleJobs {
    /// Queues a job and ends it.
    static func ended(
        _ job: Job,
        as state: JobState,
        on connection: inout Connection
    ) async throws -> JobRecord {
        var record = try #require(try await JobQueue.enqueue([job], on: &connection).first)
        record.state = state
        #expect(try await JobQueue.record(record, on: &connection))
        return record
    }
}
