import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

/// What is said to be enough memory, tried on a server.
@Suite("Memory that is said to be enough", .timeLimit(.minutes(15)))
struct SufficientMemoryTests {
    private func session(_ database: TestDatabase, kilobytes: Int64) async throws -> Connection {
        var connection = try await database.connect()
        _ = try await connection.query("SET max_parallel_maintenance_workers = 0")
        let setting = "SET maintenance_work_mem = '\(kilobytes)kB'"
        _ = try await connection.query(Statement(setting))
        return connection
    }

    private func prediction(_ parameters: IndexDefinition.Parameters, dimensions: Int, rows: Int64) throws -> Int64 {
        let job = Job(
            spec: CreateIndex(
                definition: IndexDefinition(
                    distanceMetric: .l2Distance,
                    operatorClass: "vector_l2_ops",
                    operatorClassSchema: "public",
                    parameters: parameters
                ),
                choiceReason: ""
            ),
            collection: CollectionName(schema: "public", table: "docs", column: "vec"),
            targets: [],
            disposition: .act,
            reasons: [],
            prediction: {
                switch parameters {
                case .ivfflat(let lists):
                    Prediction.ivfflat(rows: rows, type: .vector, dimensions: dimensions, lists: lists, workers: 0)
                case .hnsw(let m, let efConstruction):
                    Prediction.hnsw(
                        rows: rows,
                        type: .vector,
                        dimensions: dimensions,
                        m: m,
                        efConstruction: efConstruction,
                        workers: 0,
                        memoryLimit: .max
                    )
                }
            }(),
            settings: BuildSessionSettings(maintenanceWorkMemoryBytes: 1 << 20, parallelWorkers: 0)
        )
        return try #require(job.sufficientMemoryBytes)
    }

    @Test("IVFFlat is built with it for every number of lists, and refused with little less", arguments: TestServer.all)
    func ivfflat(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(table("docs", rows: 20_000))
            for lists in [1, 2, 7, 30, 100, 199, 300, 577, 1_000] {
                let enough = try prediction(.ivfflat(lists: lists), dimensions: 8, rows: 20_000) >> 10
                for (kilobytes, isEnough) in [(enough, true), (enough - 3, false)] {
                    // No setting is smaller. For more lists pgvector samples what these few pages can hold, and needs less.
                    guard kilobytes >= 1_024, isEnough || lists < 800 else { continue }
                    var connection = try await session(database, kilobytes: kilobytes)
                    do {
                        let index = "CREATE INDEX ix ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = \(lists))"
                        _ = try await connection.query(Statement(index))
                        #expect(isEnough, "\(lists) lists in \(kilobytes) kB")
                        _ = try await connection.query("DROP INDEX ix")
                    } catch {
                        #expect(!isEnough, "\(lists) lists in \(kilobytes) kB: \(error)")
                    }
                }
            }
        }
    }

    @Test("an HNSW graph fits it", arguments: TestServer.all)
    func hnsw(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(table("docs", rows: 6_000))
            for m in [4, 16, 40] {
                let enough = try prediction(.hnsw(m: m, efConstruction: 80), dimensions: 8, rows: 6_000) >> 10
                var connection = try await session(database, kilobytes: enough)
                let index =
                    "CREATE INDEX ix ON docs USING hnsw (vec vector_l2_ops) WITH (m = \(m), ef_construction = 80)"
                _ = try await connection.query(Statement(index))
                let notices = connection.takeNotices().map(\.message)
                #expect(!notices.contains { $0.contains("no longer fits") }, "m = \(m) in \(enough) kB")
                _ = try await connection.query("DROP INDEX ix")
            }
        }
    }

    @Test("a budget that is no whole number of MB is given to the kB", arguments: TestServer.all)
    func kilobytes(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (vec vector(64));
                INSERT INTO docs
                SELECT (SELECT array_agg(random()) FROM generate_series(1, 64) WHERE g = g)::vector(64)
                FROM generate_series(1, 1600) AS g;
                """
            )
            let needed = try prediction(.ivfflat(lists: 30), dimensions: 64, rows: 1_600)
            let layer = PolicyLayer(
                rules: ["unindexed": RuleOverride(mode: .act)],
                index: IndexOverride(method: .some(.ivfflat))
            )
            let assessed = try await assess(database, layers: [layer], limits: ResourceLimits(memoryBytes: needed))
            let job = try #require(assessed.plan.jobs.first { $0.kind == "create_index" })
            #expect(job.settings?.maintenanceWorkMemoryBytes == needed)
            try await carryOut(assessed, on: database)
            #expect(try await assess(database).collection("public.docs.vec").relations[0].indexes.count == 1)
            #expect(
                JobStatements.statements(for: job).contains("SET maintenance_work_mem = '\(needed >> 10)kB'")
            )
        }
    }
}

@Suite("What a build took", .timeLimit(.minutes(15)))
struct BuildMeasurementTests {
    @Test(
        "is written down, and corrects the next prediction, which says so; equal values make it small",
        arguments: TestServer.all
    )
    func learning(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(8));
                INSERT INTO docs SELECT g, (
                    SELECT array_agg(sin((1 + g % 300) * k * k)) FROM generate_series(1, 8) AS k
                )::vector(8) FROM generate_series(1, 3000) AS g;
                ANALYZE docs;
                """
            )
            try await database.grant()
            let layer = PolicyLayer(rules: ["unindexed": RuleOverride(mode: .act)])
            let first = try #require(try await assess(database, layers: [layer]).plan.jobs.first)
            let prediction = try #require(first.prediction)
            #expect(prediction.basis == .formula)
            let shape = try #require(first.targets[0].shape)
            #expect(shape.rows == 3_000 && (shape.elements ?? 0) >= 300 && (shape.elements ?? 0) < 700)

            let record = try #require(try await JobQueue.enqueue([first], on: &connection).first)
            #expect(record.job.targets[0].shape == shape)
            #expect(try await LeaderLock.acquire(&connection))
            let leader = try await connection.query("SELECT pg_backend_pid() AS pid").one()["pid", as: Int.self]
            let runner = JobExecutor(
                try database.connections(try database.target(as: .steward)),
                statementTimeout: .seconds(30),
                leaderProcessID: Int32(leader)
            )
            guard case .done = try await runner.run(record, control: JobControl(), onEvent: { _ in }).outcome else {
                Issue.record("it is not done")
                return
            }
            let build = try #require(try await JobHistory.latestBuilds(on: &connection).first)
            let measured = try #require(build.measurement)
            #expect(measured.shape == shape)
            #expect(measured.seconds > 0 && measured.seconds <= build.seconds ?? 0)
            #expect(measured.hasSpilled == false)
            #expect(build.predictedSeconds == prediction.seconds)
            let ratio = Double(prediction.diskBytes) / Double(build.sizeBytes ?? 1)
            #expect(ratio > 0.5 && ratio < 2, "\(prediction.diskBytes) predicted, \(build.sizeBytes ?? 0) found")

            try await database.execute("DROP INDEX \(Identifier(build.index)); ANALYZE docs")
            let second = try #require(try await assess(database, layers: [layer]).plan.jobs.first?.prediction)
            #expect(second.basis == .builds(1))
            #expect(abs(Double(second.diskBytes) / Double(build.sizeBytes ?? 1) - 1) < 0.01)
        }
    }
}
