import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("History", .timeLimit(.minutes(30)))
struct HistoryTests {
    /// Jobs, builds and findings of forty days ago, so many of each, with those among them that are not history.
    private static func past(_ rows: Int) -> String {
        """
        INSERT INTO vecsteward.job (
            kind, lane, collection_schema, collection_table, column_name, table_schema, table_name, subject, disposition,
            reason_rules, reason_summaries, state, created_at, finished_at, not_before, failure_message
        )
        SELECT
            'analyze', 'quick', 'public', 'table' || g, 'vec', 'public', 'table' || g, '', 'act', '{}', '{}',
            CASE g WHEN 1 THEN 'failed' WHEN 2 THEN 'waiting' ELSE (ARRAY['done', 'cancelled'])[1 + g % 2] END,
            now() - INTERVAL '41 days',
            CASE g WHEN 2 THEN NULL ELSE now() - INTERVAL '40 days' END,
            CASE g WHEN 2 THEN now() + INTERVAL '1 day' END,
            CASE g WHEN 1 THEN 'no room' END
        FROM generate_series(1, \(rows)) AS g;

        INSERT INTO vecsteward.build (
            job_id, table_schema, table_name, column_name, index_name, oid, relfilenode, rows, source, method, lists,
            built_at
        )
        SELECT
            job.id, 'public', 'docs', 'vec', class.relname, class.oid, class.relfilenode, 1500, 'built', 'ivfflat', 30,
            now() - INTERVAL '40 days' - job.id * INTERVAL '1 second'
        FROM vecsteward.job
        CROSS JOIN pg_class AS class
        WHERE job.state IN ('done', 'cancelled')
            AND job.finished_at < now() - INTERVAL '39 days'
            AND class.relname = '\(DaemonTests.index)_docs';

        INSERT INTO vecsteward.finding (rule, severity, summary, raised_at, resolved_at)
        SELECT 'rule' || g, 'notice', '', now() - INTERVAL '41 days', now() - INTERVAL '40 days'
        FROM generate_series(1, \(rows)) AS g;
        """
    }

    @Test("what has ended is forgotten in time, and nothing else", arguments: TestServer.all)
    func forgotten(server: TestServer) async throws {
        // More than one portion.
        try await expectOblivion(of: 30_000, on: server)
    }

    @Test(
        "a quarter of a million rows of each kind are forgotten too",
        .enabled(if: ProcessInfo.processInfo.environment["VECSTEWARD_TEST_LONG"] != nil, "it takes minutes: --long")
    )
    func many() async throws {
        try await withPrivateServer(version: "18") { own in
            try await expectOblivion(of: 250_000, on: own.server)
        }
    }

    private func expectOblivion(of rows: Int, on server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let first = try await Daemon.start(on: [database])
            try await first.wait(for: "this instance is the leader")
            #expect(await first.end() == 0)
            try await DaemonTests.fill(database, grownTo: 3_000)
            try await database.administer(Self.past(rows))

            let daemon = try await Daemon.start(on: [database])
            let finished = "SELECT count(*) AS number FROM vecsteward.job WHERE state IN ('done', 'cancelled')"
            let old = " AND finished_at < now() - INTERVAL '30 days'"
            try await database.wait(until: finished + old, is: 0)
            let builds = "SELECT count(*) AS number FROM vecsteward.build WHERE built_at < now() - INTERVAL '30 days'"
            try await database.wait(until: builds, is: 1)
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.finding WHERE rule ~ '^rule'",
                is: 0
            )
            // What failed and what waits stay, and so does what tells how many rows the index was built on.
            let kept = "SELECT count(*) AS number FROM vecsteward.job WHERE state IN ('failed', 'waiting')"
            #expect(try await database.number(kept) == 2)
            try await daemon.waitForNextPoll(database)
            #expect(try await database.number(builds) == 1)
            #expect(try await database.attempts("rebuild_index") == 0)
            try await database.execute("INSERT INTO docs SELECT 3001, vec FROM docs LIMIT 1")
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
            )
            #expect(await daemon.end() == 0)
        }
    }
}
