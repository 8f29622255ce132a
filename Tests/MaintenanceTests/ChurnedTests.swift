import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("An HNSW index after deletes and updates")
struct ChurnedTests {
    /// A table that nothing vacuums or analyzes by itself, with an HNSW index.
    private let indexed =
        table("t", rows: 4_000) + """
            ALTER TABLE t SET (autovacuum_enabled = off);
            CREATE INDEX t_idx ON t USING hnsw (vec vector_l2_ops);
            ANALYZE t;
            """

    private func finding(_ database: TestDatabase) async throws -> Finding? {
        try await assess(database).findings.first { $0.rule == "churned" }
    }

    /// The size that was measured against the one that a build is expected to give.
    private func sizes(_ finding: Finding) -> (Double, Double) {
        let number = { (key: String) -> Double in
            guard case .count(let value) = finding.evidence.first(where: { $0.key == key })?.value else { return 0 }
            return Double(value)
        }
        return (number("sizeBytes"), number("expectedSizeBytes"))
    }

    @Test("is as large as predicted when it was filled by inserts, and is no finding", arguments: TestServer.all)
    func inserted(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE t (id bigint, vec vector(8));
                CREATE INDEX t_idx ON t USING hnsw (vec vector_l2_ops);
                INSERT INTO t
                SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector
                FROM generate_series(1, 3000) AS g;
                ANALYZE t;
                """
            )
            #expect(try await finding(database) == nil)
        }
    }

    @Test("is a finding after deletes, until it is rebuilt, though no VACUUM has run", arguments: TestServer.all)
    func deleted(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(indexed)
            #expect(try await finding(database) == nil)
            try await database.execute("DELETE FROM t WHERE id % 4 <> 0; ANALYZE t")
            let found = try #require(try await finding(database))
            #expect(found.summary.contains("3,000 dead rows (75 %)"))
            #expect(found.severity == .warning && found.mode == .warn)
            let (size, expected) = sizes(found)
            #expect(size > 3 * expected && size < 5 * expected)

            try await database.execute("REINDEX INDEX CONCURRENTLY t_idx")
            try await database.execute("ANALYZE t")
            let rebuilt = try await assess(database)
            #expect(!rebuilt.rules("public.t.vec").contains("churned"))
            #expect(try rebuilt.collection("public.t.vec").relations[0].statistics.deadTuples == 3_000)
        }
    }

    @Test("is none when updates leave the vectors alone, and one when they do not", arguments: TestServer.all)
    func updated(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(indexed)
            try await database.execute(
                "CREATE INDEX ON t (id); UPDATE t SET id = -id; UPDATE t SET id = -id; ANALYZE t"
            )
            let untouched = try await assess(database)
            #expect(try untouched.collection("public.t.vec").relations[0].statistics.deadTuples > 4_000)
            #expect(!untouched.rules("public.t.vec").contains("churned"))

            // Nothing analyzes the index here: its size is measured because of the dead rows alone.
            try await database.execute(
                "UPDATE t SET vec = (SELECT array_agg(e * 2) FROM unnest(vec::real[]) AS e)::vector"
            )
            let found = try #require(try await finding(database))
            let (size, expected) = sizes(found)
            #expect(size > 1.5 * expected)
        }
    }

    @Test("is none when its own build gave that size, and one when somebody else's did", arguments: TestServer.all)
    func recorded(server: TestServer) async throws {
        try await withState(on: server) { database, connection in
            try await database.execute(indexed)
            try await database.execute("DELETE FROM t WHERE id % 4 <> 0")
            try await database.execute("VACUUM ANALYZE t")
            let found = try #require(try await finding(database))
            #expect(found.severity == .notice && found.summary.contains("times the size of a new one"))

            let index = try #require(try await assess(database).collection("public.t.vec").relations[0].indexes.first)
            var build = BuildHistoryRow(
                schema: "public",
                table: "t",
                column: "vec",
                index: index.name,
                identity: index.identity,
                rows: 1_000,
                source: .built,
                parameters: .hnsw(m: 16, efConstruction: 64),
                sizeBytes: index.sizeBytes
            )
            try await JobHistory.recordBuild(build, on: &connection)
            #expect(try await finding(database) == nil)

            // Somebody else's is another file, of which there is no record.
            _ = try await connection.query("DELETE FROM vecsteward.build")
            build.identity.relfilenode += 1
            try await JobHistory.recordBuild(build, on: &connection)
            #expect(try await finding(database) != nil)
        }
    }
}
