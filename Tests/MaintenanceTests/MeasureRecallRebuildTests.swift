import Advisor
import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import Maintenance

@Suite("Recall that was measured before a rebuild", .timeLimit(.minutes(10)))
struct MeasureRecallRebuildTests {
    /// A table with three thousand rows, and an index with 30 lists.
    private static func table(_ name: String, index: String) -> String {
        MeasureRecallTests.docs.replacingOccurrences(of: "docs_index", with: index)
            .replacingOccurrences(of: " docs", with: " \(name)")
    }

    private static func rebuild(
        of name: CollectionName,
        asked origin: Job.Origin,
        on database: TestDatabase
    ) async throws -> Job {
        let assessor = Assessor(try database.connections(database.target(as: .steward)))
        let jobs = try await assessor.jobs(
            for: .rebuild(index: nil),
            on: name,
            in: try await assessor.observe()
        ).get()
        var job = try #require(jobs.first)
        job.origin = origin
        return job
    }

    /// Runs a job of the queue.
    private static func run(_ record: JobRecord, on database: TestDatabase) async throws -> [String] {
        let journal = Journal(record)
        let end = try await JobExecutor(try database.connections(database.target(as: .steward)))
            .run(record, control: JobControl(), onEvent: { journal.add($0) })
        guard case .done = end.outcome else {
            Issue.record("\(end) \(journal.words)")
            return []
        }
        return journal.words
    }

    /// Queues a job.
    private static func queue(_ job: Job, on connection: inout Connection) async throws -> JobRecord {
        try #require(try await JobQueue.enqueue([job], on: &connection).first)
    }

    /// Statistics count rows when the session that wrote them has ended.
    private static func waitForCount(of rows: Int, on database: TestDatabase) async throws {
        try await wait(
            for: "SELECT FROM pg_stat_user_tables WHERE relname = 'docs' AND n_tup_ins = \(rows)",
            on: database
        )
    }

    @Test(
        "decides its lists also where the measurement ended after the rebuild was queued, unless a person asked for it",
        arguments: TestServer.all,
        [(origin: Job.Origin.rule, lists: 20), (origin: .person, lists: 60)]
    )
    func lists(server: TestServer, expected: (origin: Job.Origin, lists: Int)) async throws {
        let old = "ix_vector_l2_ops_ivfflat_nl30_0a1b2c3"
        let name = CollectionName(schema: "vecs", table: "docs", column: "vec")
        let script = "CREATE SCHEMA vecs; " + Self.table("vecs.docs", index: old)
        try await withState(on: server, beside: script) { database, connection in
            try await Self.waitForCount(of: 3_000, on: database)
            // As if the formula said 60.
            let planned = try await Self.rebuild(of: name, asked: expected.origin, on: database)
                .rebuilding(withLists: 60, besides: [])
            let record = try await Self.queue(planned, on: &connection)
            let figures = [
                "recall": 0.94, "low": 0.92, "high": 0.96, "k": 10, "queries": 100, "shareAtNineTenths": 0.5,
                "worstTwentieth": 0.2, "shortAnswers": 0, "vectorRows": 3_000, "medianMilliseconds": 2,
                "slowMilliseconds": 4, "listsKeepingRecall": 20, "recallByFormula": 0.9,
            ]
            _ = try await connection.queue(
                EvidenceHistory.insertion(
                    of: MeasuredRecall.evidenceKind,
                    figures,
                    with: ["ivfflat.probes": "10"],
                    about: try #require(record.oldIndex),
                    by: nil
                )
            )
            let words = try await Self.run(record, on: database)
            #expect(words.contains { $0.contains("it gets 20 lists instead of 60") } == (expected.origin == .rule))
            let index = try await database.query(
                """
                SELECT class.relname, class.reloptions[1] AS option
                FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
                WHERE index.indrelid = 'vecs.docs'::regclass
                """
            ).one()
            #expect(try index["option", as: String.self] == "lists=\(expected.lists)")
            #expect(try index["relname", as: String.self].contains("_nl\(expected.lists)_"))
            // Whoever resumes the job reads the same.
            let kept = try #require(try await JobQueue.job(id: record.id, on: &connection)).record.job
            #expect(kept.definition?.parameters == .ivfflat(lists: expected.lists))
            #expect(kept.targets[0].finishedName == (try index["relname", as: String.self]))
        }
    }

    @Test(
        "is said beside that after it only where the table is still as large",
        arguments: TestServer.all,
        [(added: 200, isSaid: true), (added: 400, isSaid: false)]
    )
    func grown(server: TestServer, change: (added: Int, isSaid: Bool)) async throws {
        let name = CollectionName(schema: "public", table: "docs", column: "vec")
        try await withState(on: server, beside: MeasureRecallTests.docs) { database, connection in
            try await Self.waitForCount(of: 3_000, on: database)
            let measurement = Job(
                spec: MeasureRecall(index: "docs_index", settings: ["ivfflat.probes": "3"], budgetSeconds: 300),
                collection: name,
                targets: [Job.Target(schema: "public", table: "docs")],
                disposition: .act,
                reasons: [],
                origin: .person
            )
            _ = try await Self.run(try await Self.queue(measurement, on: &connection), on: database)
            try await database.execute("INSERT INTO docs SELECT id, vec FROM docs LIMIT \(change.added)")
            try await Self.waitForCount(of: 3_000 + change.added, on: database)
            let rebuild = try await Self.rebuild(of: name, asked: .person, on: database)
            _ = try await Self.run(try await Self.queue(rebuild, on: &connection), on: database)
            _ = try await Self.run(try await Self.queue(measurement, on: &connection), on: database)
            let figures = try await MeasureRecallTests.figures(database)
            try #require(figures.count == 2)
            #expect(figures[1]["beforeRebuild"] == (change.isSaid ? figures[0]["recall"] : nil))
        }
    }
}
