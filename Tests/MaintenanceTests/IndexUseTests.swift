import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("The use of indexes", .timeLimit(.minutes(5)))
struct IndexUseTests {
    /// A poll of a vecsteward that leads, which takes samples.
    private func poll(
        _ assessor: Assessor,
        _ findingStore: inout FindingStore,
        on connection: inout Connection
    ) async throws -> [Finding] {
        let estimate = try await assessor.estimate(on: &connection)
        let assessment = try await assessor.confirm(estimate, isActing: true, on: &connection)
        try await findingStore.recordUse(of: assessment.snapshot, on: &connection)
        return assessment.findings.filter { $0.rule == "unused" }
    }

    private func read(_ table: String, times: Int, on database: TestDatabase) async throws {
        try await database.execute(
            "DO $$ BEGIN FOR i IN 1..\(times) LOOP PERFORM count(*) FROM \(table); END LOOP; END $$"
        )
    }

    private static let search = """
        SET enable_seqscan = off; SELECT id FROM docs ORDER BY vec <-> '[1,1,1,1,1,1,1,1]' LIMIT 3
        """

    @Test("counts from the first poll on, and a search of long ago does not silence it", arguments: TestServer.all)
    func window(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                table("docs", rows: 1_500) + "CREATE INDEX docs_idx ON docs USING hnsw (vec vector_l2_ops);"
            )
            // What was read before anybody polled shows nothing of the index.
            try await read("docs", times: 150, on: database)
            try await database.execute(Self.search)
            var connection = try await database.connect()
            _ = try await StateSchema.prepare(on: &connection, createIfMissing: true)
            let assessor = Assessor(try database.connections())
            var findingStore = FindingStore()
            #expect(try await poll(assessor, &findingStore, on: &connection).isEmpty)
            #expect(try await poll(assessor, &findingStore, on: &connection).isEmpty)
            try await read("docs", times: 150, on: database)
            let finding = try #require(try await poll(assessor, &findingStore, on: &connection).first)
            #expect(finding.index == "docs_idx")
            // The search that it advises takes the index, where the planner is told to use what it can.
            let plan = try await database.query(Statement(try #require(finding.statements.first)))
            #expect(!plan.isEmpty)
            // A program that starts anew goes by what is written down.
            var restarted = FindingStore()
            #expect(try await poll(assessor, &restarted, on: &connection).count == 1)
            #expect(try await assessor.assess().findings.contains { $0.rule == "unused" })
            try await database.execute(Self.search)
            #expect(try await poll(assessor, &restarted, on: &connection).isEmpty)
            // The day of that search is over one day.
            try await database.administer(
                """
                UPDATE vecsteward.index_use SET sampled_at = sampled_at - interval '20 days',
                    sampled_on = sampled_on - 20
                """
            )
            var later = FindingStore()
            #expect(try await poll(assessor, &later, on: &connection).isEmpty)
            let old = try await database.query(
                "SELECT count(*) AS number FROM vecsteward.index_use WHERE sampled_on < current_date - 8"
            )
            #expect(try old.first?["number", as: Int64.self] == 0)
            try await read("docs", times: 150, on: database)
            #expect(try await poll(assessor, &later, on: &connection).count == 1)
        }
    }

    @Test("counts anew for an index that was built anew, and after the counters were reset", arguments: TestServer.all)
    func newIndex(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                table("docs", rows: 1_500) + "CREATE INDEX docs_idx ON docs USING hnsw (vec vector_l2_ops);"
            )
            var connection = try await database.connect()
            _ = try await StateSchema.prepare(on: &connection, createIfMissing: true)
            let assessor = Assessor(try database.connections())
            var findingStore = FindingStore()
            #expect(try await poll(assessor, &findingStore, on: &connection).isEmpty)
            try await read("docs", times: 150, on: database)
            #expect(try await poll(assessor, &findingStore, on: &connection).count == 1)
            try await database.execute("REINDEX INDEX CONCURRENTLY docs_idx")
            #expect(try await poll(assessor, &findingStore, on: &connection).isEmpty)
            try await read("docs", times: 150, on: database)
            #expect(try await poll(assessor, &findingStore, on: &connection).count == 1)
            try await database.administer("SELECT pg_stat_reset()")
            #expect(try await poll(assessor, &findingStore, on: &connection).isEmpty)
        }
    }
}
