import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("What partial indexes cover")
struct PartialCoverTests {
    private static let table = """
        CREATE TABLE docs (id int, published bool, vec vector(3));
        INSERT INTO docs SELECT g, g % 10 = 0, '[1,2,3]' FROM generate_series(1, 10000) AS g;
        """

    /// What is not covered, and the finding about it, before an ANALYZE and after it.
    private func cover(
        of indexes: [String],
        on server: TestServer,
        _ check: @Sendable (Uncovered?, Finding?) throws -> Void
    ) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                Self.table + indexes.map { "CREATE INDEX ON docs USING hnsw \($0);" }.joined(separator: "\n")
            )
            for isAnalyzed in [false, true] {
                if isAnalyzed { try await database.execute("ANALYZE docs") }
                let act = PolicyLayer(rules: ["unindexed": RuleOverride(mode: .act)])
                let assessment = try await assess(database, layers: [act])
                let docs = try assessment.collection("public.docs.vec")
                let finding = assessment.findings.first { $0.rule == "unindexed" }
                try check(docs.uncovered(in: docs.relations[0]), finding)
                for job in assessment.jobs("public.docs.vec") where job.kind == "create_index" {
                    guard case .suggest = job.disposition else {
                        Issue.record("a second index would be built: \(job.disposition)")
                        continue
                    }
                }
            }
        }
    }

    @Test("a tenth of the rows is not all of them", arguments: TestServer.all)
    func tenth(server: TestServer) async throws {
        try await cover(of: ["(vec vector_l2_ops) WHERE published"], on: server) { uncovered, finding in
            #expect(try #require(uncovered).atLeast == 9_000)
            let finding = try #require(finding)
            #expect(finding.severity == .notice)
            #expect(finding.summary.hasPrefix("no index covers about 9,000 of "))
            #expect(finding.summary.contains("WHERE published"))
        }
    }

    @Test(
        "conditions that complete each other, and one that every vector fits, leave no row out",
        arguments: TestServer.all
    )
    func complete(server: TestServer) async throws {
        for indexes in [
            ["(vec vector_l2_ops) WHERE published", "(vec vector_l2_ops) WHERE NOT published"],
            ["(vec vector_l2_ops) WHERE vec IS NOT NULL"],
            ["(vec vector_l2_ops) WHERE published", "(vec vector_cosine_ops)"],
        ] {
            try await cover(of: indexes, on: server) { uncovered, finding in
                #expect(uncovered?.atLeast == 0)
                #expect(finding == nil)
            }
        }
    }

    @Test("conditions that overlap leave a lower and an upper bound", arguments: TestServer.all)
    func overlapping(server: TestServer) async throws {
        try await cover(
            of: ["(vec vector_l2_ops) WHERE id <= 4000", "(vec vector_l2_ops) WHERE id <= 2000"],
            on: server
        ) { uncovered, finding in
            let uncovered = try #require(uncovered)
            #expect(uncovered.atLeast == 4_000 && uncovered.atMost == 6_000)
            #expect(try #require(finding).summary.contains("4,000 to 6,000 of "))
        }
    }

    @Test("one that leaves out few rows is no finding", arguments: TestServer.all)
    func nearlyAll(server: TestServer) async throws {
        try await cover(of: ["(vec vector_l2_ops) WHERE id > 900"], on: server) { uncovered, finding in
            #expect(uncovered?.atLeast == 900)
            #expect(finding == nil)
        }
    }

    @Test("each partition has its own cover, and what one lacks is not built over another", arguments: TestServer.all)
    func partitions(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id int, vec vector(3) NOT NULL) PARTITION BY RANGE (id);
                CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (5000);
                CREATE TABLE docs_2 PARTITION OF docs FOR VALUES FROM (5000) TO (10000);
                INSERT INTO docs SELECT g, '[1,2,3]' FROM generate_series(0, 9999) AS g;
                CREATE INDEX ON docs_1 USING hnsw (vec vector_cosine_ops) WHERE id < 500;
                """
            )
            try await database.execute("ANALYZE docs_1, docs_2")
            let act = PolicyLayer(rules: ["unindexed": RuleOverride(mode: .act)])
            let assessment = try await assess(database, layers: [act])
            let severities = assessment.findings.filter { $0.rule == "unindexed" }.map(\.severity)
            #expect(Set(severities) == [.notice, .warning])
            let jobs = assessment.jobs("public.docs.vec").filter { $0.kind == "create_index" }
            let partial = try #require(jobs.first { $0.targets.map(\.table) == ["docs_1"] })
            guard case .suggest = partial.disposition else {
                Issue.record("a second index would be built: \(partial.disposition)")
                return
            }
            #expect(jobs.contains { $0.targets.map(\.table) == ["docs_2"] })
        }
    }
}
