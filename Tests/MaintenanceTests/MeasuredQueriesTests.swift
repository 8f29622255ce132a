import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Queries of recall that is measured in the background", .timeLimit(.minutes(10)))
struct MeasuredQueriesTests {
    private static let log = """
        CREATE SCHEMA app;
        CREATE TABLE app.search_log AS SELECT vec AS embedding FROM docs LIMIT 40;
        """

    private static func queries(_ sql: String, of database: TestDatabase) throws -> ConfiguredQueries {
        let target = try database.target(as: .application)
        var words = [
            "dbname=\(database.name)", "user=\(try database.user(.application))",
            "password='\(try database.server.password())'",
        ]
        if let host = target.host { words.append("host='\(host)'") }
        if let port = target.port { words.append("port=\(port)") }
        return ConfiguredQueries(sql: sql, connection: words.joined(separator: " "))
    }

    @Test(
        "come from the configuration once it names them, in the place of stored vectors",
        arguments: TestServer.all
    )
    func configured(server: TestServer) async throws {
        try await withState(on: server, beside: MeasureRecallTests.docs + Self.log) { database, _ in
            let plain = try MeasureRecallTests.Daemon(database, MeasureRecallTests.searched(probes: 1))
            try await wait(for: "SELECT FROM vecsteward.job WHERE helped_at IS NOT NULL", on: database)
            await plain.end()
            let queries = try Self.queries("SELECT embedding FROM app.search_log", of: database)
            let layer = MeasureRecallTests.searched(probes: 1, queries: queries)
            let daemon = try MeasureRecallTests.Daemon(database, layer)
            try await wait(for: MeasureRecallTests.doneTwice, on: database)
            // What is known is not asked for again.
            let polls = daemon.polls
            while daemon.polls < polls + 3 { try await Task.sleep(for: .milliseconds(20)) }
            await daemon.end()
            let figures = try await MeasureRecallTests.figures(database)
            #expect(figures.map { $0["querySource"] } == [0, 2])
            #expect(figures.map { $0["queries"] } == [100, 40])
            #expect(daemon.notes.contains { $0.contains("in searches for the query vectors of the configuration") })
            let report = try await assess(database, layers: [layer])
            let index = try #require(try report.collection("public.docs.vec").relations.first?.indexes.first)
            #expect(index.measuredRecall?.querySource == .configuration)
            // The one for stored vectors is no beginning that this one could have fallen from.
            #expect(index.recallAtFirst == nil)
            // From the first one for its own vectors it could.
            try await database.administer(
                """
                INSERT INTO vecsteward.evidence
                    (kind, index_oid, index_relfilenode, rows, writes, names, figures, setting_names, setting_values)
                SELECT kind, index_oid, index_relfilenode, rows, writes, names, figures, setting_names, setting_values
                FROM vecsteward.evidence ORDER BY id DESC LIMIT 1
                """
            )
            let again = try await assess(database, layers: [layer]).collection("public.docs.vec").relations.first
            #expect(again?.indexes.first?.recallAtFirst?.querySource == .configuration)
            let finding = try #require(report.findings.first { $0.rule == "recall" })
            #expect(finding.evidence.contains(.text("querySource", "configuration")))
            #expect(
                finding.advice.contains("40 searches for the query vectors of the configuration found"),
                "\(finding.advice)"
            )
            #expect(!finding.advice.contains("flatter"))
        }
    }

    @Test("that cannot be had end the job with the reason, and nothing is measured", arguments: TestServer.all)
    func refused(server: TestServer) async throws {
        try await withState(on: server, beside: MeasureRecallTests.docs + Self.log) { database, _ in
            let queries = try Self.queries("SELECT embedding FROM app.nothing", of: database)
            let layer = MeasureRecallTests.searched(probes: 1, queries: queries)
            let daemon = try MeasureRecallTests.Daemon(database, layer)
            try await wait(
                for: "SELECT FROM vecsteward.job WHERE kind = 'measure_recall' AND state = 'cancelled'",
                on: database
            )
            await daemon.end()
            let row = try await database.query("SELECT end_reason FROM vecsteward.job").one()
            let reason = try row["end_reason", as: String.self]
            #expect(
                reason.hasPrefix(
                    "the queries of the configuration: relation \"app.nothing\" does not exist. Names are looked up"
                ),
                "\(reason)"
            )
            #expect(try await MeasureRecallTests.figures(database).isEmpty)
        }
    }

    /// A table with two partitions in schemas of their own, whose indexes have the same name, and one without rows.
    private static let parts = """
        CREATE SCHEMA old;
        CREATE SCHEMA young;
        CREATE TABLE docs (id int, vec vector(16)) PARTITION BY RANGE (id);
        CREATE TABLE old.early PARTITION OF docs FOR VALUES FROM (0) TO (1501);
        CREATE TABLE young.late PARTITION OF docs FOR VALUES FROM (1501) TO (4000);
        CREATE TABLE young.tomorrow PARTITION OF docs FOR VALUES FROM (4000) TO (5000);
        INSERT INTO docs SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 16) WHERE g = g)::vector(16)
        FROM generate_series(1, 3000) AS g;
        CREATE INDEX docs_index ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
        ALTER INDEX old.early_vec_idx RENAME TO part;
        ALTER INDEX young.late_vec_idx RENAME TO part;
        ANALYZE docs;
        """

    @Test(
        "are those of each partition by itself, which is measured, found and kept by itself",
        arguments: TestServer.all
    )
    func partitions(server: TestServer) async throws {
        try await withState(on: server, beside: Self.parts) { database, _ in
            let layer = MeasureRecallTests.searched(probes: 1)
            let daemon = try MeasureRecallTests.Daemon(database, layer)
            try await wait(
                for: "SELECT FROM vecsteward.finding WHERE rule = 'recall' HAVING count(*) = 2",
                on: database
            )
            let polls = daemon.polls
            while daemon.polls < polls + 3 { try await Task.sleep(for: .milliseconds(20)) }
            await daemon.end()
            let rows = try await database.query(
                """
                SELECT index.indrelid::regclass::text AS table,
                    evidence.figures[array_position(evidence.names, 'vectorRows')] AS rows
                FROM vecsteward.evidence AS evidence JOIN pg_index AS index ON index.indexrelid = evidence.index_oid
                ORDER BY 1
                """
            )
            // The one for tomorrow is not measured, and none is measured twice.
            #expect(try rows.map { try $0["table", as: String.self] } == ["old.early", "young.late"])
            #expect(try rows.allSatisfy { try $0["rows", as: Double.self] == 1_500 })
            let report = try await assess(database, layers: [layer])
            let findings = report.findings.filter { $0.rule == "recall" }
            #expect(Set(findings.map(\.relationOID)).count == 2)
            #expect(findings.allSatisfy { $0.summary.contains("at ivfflat.probes 1") }, "\(findings.map(\.summary))")
            // A tenth of the rows of one makes that one due again, and no other.
            try await database.execute(
                "INSERT INTO docs SELECT id + 1500, vec FROM docs WHERE id BETWEEN 1501 AND 1750; ANALYZE docs"
            )
            try await wait(
                for:
                    "SELECT FROM pg_stat_user_tables WHERE relname = 'late' AND n_tup_ins = 1750",
                on: database
            )
            let due = try await assess(database, layers: [layer]).plan.jobs.filter { $0.kind == "measure_recall" }
            #expect(due.flatMap(\.targets) == [Job.Target(schema: "young", table: "late")], "\(due.map(\.targets))")
        }
    }
}
