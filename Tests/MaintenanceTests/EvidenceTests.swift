import Advisor
import CountingJob
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

/// A rule for tests, which needs to know of each index what a job in the background counts.
private struct Counted: Rule {
    let name = "counted"
    let summary = "an index that was counted"
    let defaultMode = RuleMode.warn

    func requests(for collection: Collection, in context: RuleContext) -> [EvidenceRequest] {
        collection.relations.flatMap { relation in
            relation.indexes.map { .index($0.name, kind: "count", relationOID: relation.oid) }
        }
    }

    func findings(for collection: Collection, in context: RuleContext) -> [Finding] {
        collection.relations.flatMap { relation in
            relation.indexes.compactMap { index -> Finding? in
                guard let evidence = index.evidence("count", on: relation) else { return nil }
                return Finding(
                    rule: name,
                    severity: .notice,
                    mode: .warn,
                    collection: collection.name,
                    relationOID: relation.oid,
                    index: index.name,
                    summary: "counted to \(evidence.figures["counted"] ?? 0)",
                    advice: "Count again."
                )
            }
        }
    }
}

@Suite("Evidence that jobs in the background gather", .timeLimit(.minutes(10)))
struct EvidenceTests {
    private static let docs = """
        CREATE TABLE docs (id int, vec vector(8));
        INSERT INTO docs SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8)
        FROM generate_series(1, 2000) AS g;
        CREATE INDEX docs_index ON docs USING hnsw (vec vector_cosine_ops);
        ANALYZE docs;
        """

    private func jobs(_ database: TestDatabase) async throws -> Int {
        try await database.query("SELECT FROM vecsteward.job WHERE kind = 'counting'").count
    }

    @Test(
        "is there at a later poll, and gathered anew when its index or its rows have changed",
        arguments: TestServer.all
    )
    func gathered(server: TestServer) async throws {
        try await withState(on: server, beside: Self.docs) { database, connection in
            try await connection.run(script: CountingJob.tableSQL)
            let assessor = Assessor(
                try database.connections(database.target(as: .steward)),
                kinds: .withCounting,
                rules: RuleBook([Counted()])
            )
            let before = try await assessor.assess()
            #expect(before.findings.isEmpty, "nothing is concluded before it is known")
            #expect(before.plan.jobs.map(\.kind) == ["counting"])
            #expect(before.plan.jobs.first?.reasons.map(\.rule) == ["counted"])

            var settings = Scheduler.Settings(name: database.name, assessor: assessor)
            settings.pollInterval = .milliseconds(200)
            let scheduler = Scheduler(settings, slots: JobSlots(perServer: 1))
            let keeper = Task { await scheduler.keep { _ in } }
            defer { keeper.cancel() }
            let finding: Statement =
                "SELECT FROM vecsteward.finding WHERE rule = 'counted' AND summary = 'counted to 3.0' AND resolved_at IS NULL"
            try await wait(for: finding, on: database)
            // A poll reports its findings: one has come after the finding when it has found the next one.
            try await database.execute(
                "CREATE TABLE other (LIKE docs); CREATE INDEX ON other USING hnsw (vec vector_l2_ops)"
            )
            try await wait(
                for: "SELECT FROM vecsteward.job WHERE table_name = 'other' AND state = 'done'",
                on: database
            )
            #expect(try await jobs(database) == 2, "what is known is not asked for again")

            let after = try await assessor.assess()
            #expect(after.findings.map(\.summary) == ["counted to 3.0", "counted to 3.0"])
            #expect(after.plan.jobs.isEmpty)

            // Another build of the index is another index.
            try await database.execute("REINDEX INDEX docs_index")
            try await wait(
                for: "SELECT FROM vecsteward.job WHERE kind = 'counting' AND state = 'done' HAVING count(*) = 3",
                on: database
            )
            // A few rows change nothing, a tenth of them does.
            try await database.execute("INSERT INTO docs SELECT * FROM docs LIMIT 100")
            try await wait(for: finding, on: database)
            #expect(try await assessor.assess().plan.jobs.isEmpty)
            try await database.execute("INSERT INTO docs SELECT * FROM docs LIMIT 500")
            try await wait(
                for: "SELECT FROM vecsteward.job WHERE kind = 'counting' AND state = 'done' HAVING count(*) = 4",
                on: database
            )
            keeper.cancel()
            await keeper.value
        }
    }

    @Test("that no kind of job gathers is not asked for without end", arguments: TestServer.all)
    func impossible(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.docs)
            try await database.grant()
            let assessor = Assessor(
                try database.connections(database.target(as: .steward)),
                rules: RuleBook([Counted()])
            )
            let assessment = try await assessor.assess()
            #expect(assessment.plan.jobs.isEmpty && assessment.findings.isEmpty)
        }
    }

    @Test("of a table that was written to in more than a tenth of its rows no longer holds")
    func staleness() {
        func relation(writes: Int64) -> Relation {
            Relation(
                oid: 1,
                schema: "public",
                table: "docs",
                rows: RowCount(10_000, .analyzed),
                statistics: TableStatistics(reltuples: 10_000, relpages: 100, liveTuples: 10_000, inserted: writes)
            )
        }
        let evidence = IndexEvidence(kind: "count", figures: [:], takenAt: 0, rows: 10_000, writes: 10_000)
        #expect(evidence.holds(on: relation(writes: 10_000)))
        #expect(evidence.holds(on: relation(writes: 11_000)))
        #expect(!evidence.holds(on: relation(writes: 11_001)))
        // The counters were reset.
        #expect(!evidence.holds(on: relation(writes: 0)))
    }
}
