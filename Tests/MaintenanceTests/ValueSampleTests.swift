import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Equal vectors that are too wide for ANALYZE")
struct ValueSampleTests {
    private static let name = CollectionName(schema: "public", table: "docs", column: "vec")
    /// A hundred and fifty different vectors, each twenty times: with more copies, indexes of the same rows differ by a fifth.
    private static let fill = """
        CREATE TABLE docs (id int, vec vector(300));
        INSERT INTO docs SELECT g, (
            SELECT array_agg(sin((1 + g % 150) * k * k)) FROM generate_series(1, 300) AS k
        )::vector(300) FROM generate_series(1, 3000) AS g;
        INSERT INTO docs (id) SELECT generate_series(3001, 3100);
        ANALYZE docs;
        """
    private static let act = PolicyLayer(
        rules: ["unindexed": RuleOverride(mode: .act)],
        index: IndexOverride(method: .hnsw, distanceMetric: .cosineDistance)
    )

    private static func assessor(_ database: TestDatabase) async throws -> Assessor {
        Assessor(try database.connections(try await database.target(nil)), policies: PolicyBook(layers: [act]))
    }

    private static func number(_ statement: String, _ database: TestDatabase) async throws -> Int64 {
        try await database.query(Statement(statement)).one()["number", as: Int64.self]
    }

    private static func requested(
        _ database: TestDatabase,
        method: IndexMethod
    ) async throws -> Prediction? {
        let assessor = try await assessor(database)
        let request = IndexRequest.create(RequestedIndex(given: IndexOverride(method: method)))
        return try await assessor.jobs(for: request, on: name, in: try await assessor.observe()).get().first?.prediction
    }

    @Test(
        "are counted before a build is queued, and a report says what is the most",
        arguments: TestServer.all
    )
    func counted(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.fill)
            let assessor = try await Self.assessor(database)
            let reported = try #require(try await assessor.assess().plan.jobs.first?.prediction)
            #expect(reported.equalRows == .unknown)
            let queued = try #require(try await confirmed(by: assessor).plan.jobs.first)
            #expect(queued.prediction?.equalRows == .seen(3_000, isAll: true))
            let elements = try #require(queued.targets.first?.shape?.elements)
            #expect(elements >= 300 && elements < 450, "\(elements)")
            let requested = try #require(try await Self.requested(database, method: .hnsw))
            #expect(requested.equalRows == .seen(3_000, isAll: true))
            #expect(requested.diskBytes < reported.diskBytes / 3)
            try await database.execute("CREATE INDEX built ON docs USING hnsw (vec vector_cosine_ops)")
            let size = try await Self.number("SELECT pg_relation_size('built') AS number", database)
            #expect(abs(Double(requested.diskBytes) / Double(size) - 1) < 0.15, "\(requested.diskBytes), \(size)")
            #expect(try await Self.requested(database, method: .ivfflat)?.equalRows == .known)
        }
    }

    @Test("are estimated from the first rows of a large table, on a session that goes on", arguments: TestServer.all)
    func beginning(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.fill)
            let assessor = try await Self.assessor(database)
            var snapshot = try await assessor.observe()
            var sample = ValueSample(connections: assessor.connections, memory: ValueSampleMemory())
            sample.mostBytes = 1 << 20
            #expect(try await sample.complete(&snapshot, of: [Self.name]))
            let distinct = try #require(snapshot.collections[0].relations[0].distinct)
            guard case .firstRows(let rows) = distinct.source else {
                Issue.record("\(distinct.source)")
                return
            }
            #expect(rows > 500 && rows < 3_000, "\(rows)")
            #expect(distinct.count == 150)
            #expect(distinct.elements(ofRows: 3_000, m: 16, efConstruction: 64) < 900)
            let isFree = try await assessor.connections.use { (connection) async throws(PostgresError) in
                let isInTransaction = connection.isInTransaction
                let one = try await connection.query("SELECT 1 AS number").one()["number", as: Int.self]
                return one == 1 && !isInTransaction
            }
            #expect(isFree)
        }
    }

    @Test("are read again when the table has changed, and not at each poll", arguments: TestServer.all)
    func remembered(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.fill)
            let assessor = try await Self.assessor(database)
            let fresh = try await assessor.observe()
            let sample = ValueSample(connections: assessor.connections, memory: ValueSampleMemory())
            var first = fresh
            #expect(try await sample.complete(&first, of: [Self.name]))
            try await database.execute("TRUNCATE docs")
            var second = fresh
            #expect(try await sample.complete(&second, of: [Self.name]))
            #expect(second == first)
            var grown = fresh
            grown.collections[0].relations[0].rows = RowCount(9_000, .statistics)
            #expect(try await !sample.complete(&grown, of: [Self.name]), "the table is empty")
        }
    }

    @Test("stay unknown where the time for all tables is over, which a later poll has anew", arguments: TestServer.all)
    func late(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.fill)
            let assessor = try await Self.assessor(database)
            var snapshot = try await assessor.observe()
            var sample = ValueSample(connections: assessor.connections, memory: ValueSampleMemory())
            sample.mostTimeOfAll = .zero
            #expect(try await !sample.complete(&snapshot, of: [Self.name]))
            sample.mostTimeOfAll = .seconds(10)
            #expect(try await sample.complete(&snapshot, of: [Self.name]))
        }
    }

    @Test("stay unknown where row security makes COPY a query, which runs code of others", arguments: TestServer.all)
    func refused(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                Self.fill + """
                    CREATE POLICY all_of_it ON docs USING (id > 0 OR id IS NULL);
                    ALTER TABLE docs ENABLE ROW LEVEL SECURITY;
                    ALTER TABLE docs FORCE ROW LEVEL SECURITY;
                    """
            )
            #expect(try await Self.requested(database, method: .hnsw)?.equalRows == .unknown)
        }
    }
}
