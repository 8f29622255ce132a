import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("The daemon and work that changes nothing", .timeLimit(.minutes(15)))
struct FutileWorkTests {
    /// One table for each rule that acts, with what it finds; and some that more than one rule speaks of.
    private static let zoo = """
        CREATE FUNCTION pg_temp.fill(name text, first int, last int) RETURNS void LANGUAGE plpgsql AS $$
        BEGIN
            EXECUTE format('INSERT INTO %I SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)'
                || '::vector(8) FROM generate_series($1, $2) AS g', name) USING first, last;
        END $$;
        CREATE TABLE unindexed (id int, vec vector(8));
        CREATE TABLE stale (id int, vec vector(8));
        CREATE TABLE outgrown (id int, vec vector(8));
        CREATE TABLE early (id int, vec vector(8));
        CREATE TABLE churned (id int, vec vector(8));
        CREATE TABLE redundant (id int, vec vector(8));
        CREATE TABLE parted (id int, vec vector(8)) PARTITION BY RANGE (id);
        CREATE TABLE part1 PARTITION OF parted FOR VALUES FROM (0) TO (2000);
        CREATE TABLE part2 PARTITION OF parted FOR VALUES FROM (2000) TO (9000);
        SELECT pg_temp.fill(name, 1, 1500)
        FROM unnest('{unindexed,stale,outgrown,churned,redundant,parted}'::text[]) AS name;
        CREATE INDEX ON outgrown USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);
        CREATE INDEX ON early USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);
        CREATE INDEX ON churned USING hnsw (vec vector_cosine_ops);
        CREATE INDEX ON redundant USING hnsw (vec vector_cosine_ops);
        CREATE INDEX ON redundant USING hnsw (vec vector_cosine_ops);
        SELECT pg_temp.fill(name, 1501, 4000) FROM unnest('{outgrown,early,parted}'::text[]) AS name;
        DELETE FROM churned WHERE id > 500;
        """

    private static let allAct =
        #""unindexed": {"mode": "act"}, "churned": {"mode": "act"}, "redundant": {"mode": "act"}, "unused": {"mode": "act"}"#

    @Test("no work is queued twice where jobs end without having done anything", arguments: TestServer.all)
    func nothingDone(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.zoo)
            try await database.waitForEndOfSessions()
            // The tables of the queue, and in them a trigger that ends each job as it is queued.
            let first = try await Daemon.start(on: [database], rules: #""stale-statistics": {"mode": "off"}"#)
            try await first.wait(for: "this instance is the leader")
            await first.end()
            try await database.administer(
                """
                DELETE FROM vecsteward.build;
                DELETE FROM vecsteward.job;
                CREATE FUNCTION public.do_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    NEW.state := CASE WHEN NEW.id % 2 = 0 THEN 'done' ELSE 'cancelled' END;
                    NEW.finished_at := statement_timestamp();
                    RETURN NEW;
                END $$;
                CREATE TRIGGER do_nothing BEFORE INSERT ON vecsteward.job
                FOR EACH ROW EXECUTE FUNCTION public.do_nothing();
                """
            )
            let daemon = try await Daemon.start(on: [database], rules: Self.allAct)
            try await daemon.wait(for: "this instance is the leader")
            for _ in 1...5 { try await daemon.waitForNextPoll(database) }
            await daemon.end()
            let work = try await database.query(
                """
                SELECT kind, table_name::text, subject, count(*) AS jobs FROM vecsteward.job
                WHERE table_name NOT LIKE 'probe%' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
                """
            )
            #expect(work.count >= 5, "the rules do ask for work")
            for row in work {
                let (kind, table) = (try row["kind", as: String.self], try row["table_name", as: String.self])
                let jobs = try row["jobs", as: Int64.self]
                #expect(jobs == 1, "\(kind) on \(table)")
            }
            let reports = daemon.text.components(separatedBy: "the remedy did not help").count - 1
            #expect(reports == work.count, "reported once for each: \(daemon.text)")
            let report = try await ProgramRun.dryRun(on: database)
            #expect(report.output.contains("the remedy did not help"), "\(report.output)")
        }
    }

    @Test(
        "a table that takes the place of another gets its index, and the old one keeps its own",
        arguments: TestServer.all
    )
    func reload(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let fill = """
                CREATE TABLE docs (id int, vec vector(8));
                INSERT INTO docs SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8)
                FROM generate_series(1, 3000) AS g;
                """
            try await database.execute(fill)
            let daemon = try await Daemon.start(on: [database], rules: #""unindexed": {"mode": "act"}"#)
            try await daemon.wait(for: "this instance is the leader")
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'create_index' AND state = 'done'"
            )
            let old = try await database.usableIndexes(of: "docs")
            try await database.execute("BEGIN; ALTER TABLE docs RENAME TO docs_old; \(fill) COMMIT")
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'create_index' AND state = 'done'",
                is: 2
            )
            try await database.waitForEmptyQueue()
            for _ in 1...3 { try await daemon.waitForNextPoll(database) }
            await daemon.end()
            #expect(try await database.usableIndexes(of: "docs_old") == old)
            let new = try await database.usableIndexes(of: "docs")
            #expect(new.count == 1 && new != old && new.allSatisfy { $0.hasPrefix("ix_vector_cosine_ops_") }, "\(new)")
            let jobs = try await database.number(
                "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'create_index' AND table_name LIKE 'docs%'"
            )
            #expect(jobs == 2)
        }
    }

    @Test(
        "a row that cannot be read stops nobody, is reported once, and a person removes it",
        arguments: TestServer.all
    )
    func unreadable(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_000)
            let first = try await Daemon.start(on: [database])
            try await first.wait(for: "this instance is the leader")
            try await first.waitForNextPoll(database)
            await first.end()
            try await database.administer(
                """
                ALTER TABLE vecsteward.finding ALTER summary DROP NOT NULL;
                INSERT INTO vecsteward.finding (rule, severity, summary) VALUES ('outgrown', 'warning', NULL);
                INSERT INTO vecsteward.job (
                    kind, lane, collection_schema, collection_table, column_name, table_schema, table_name, subject,
                    disposition, reason_rules, reason_summaries
                ) VALUES ('vacuum', 'quick', 'public', 'docs', 'vec', 'public', 'docs', '', 'act', '{}', '{}');
                """
            )
            let id = try await database.number("SELECT id AS number FROM vecsteward.job WHERE kind = 'vacuum'")
            let daemon = try await Daemon.start(on: [database])
            try await daemon.wait(for: "job \(id) cannot be read and is ignored: a job of the unknown kind vacuum")
            try await daemon.wait(for: "vecsteward.finding cannot be read")
            try await database.execute("INSERT INTO docs SELECT 3001, vec FROM docs LIMIT 1")
            try await database.wait(
                until: "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
            )
            for _ in 1...2 { try await daemon.waitForNextPoll(database) }
            #expect(daemon.text.components(separatedBy: "job \(id) cannot be read").count == 2, "reported once")
            func jobs(_ arguments: [String]) async throws -> ProgramRun {
                try await ProgramRun.of(
                    ["jobs"] + arguments + ["--database", try database.stewardConnection()],
                    in: TemporaryFolder(),
                    environment: ["PGPASSWORD": database.server.password()]
                )
            }
            let list = try await jobs(["list"])
            #expect(
                list.output.contains("job \(id) cannot be read") && list.output.contains("rebuild"),
                "\(list.output)"
            )
            let shown = try await jobs(["show", "\(id)"])
            #expect(shown.output.contains("kind: vacuum"), "\(shown.output)")
            let cancelled = try await jobs(["cancel", "\(id)"])
            #expect(cancelled.output.contains("has been removed"), "\(cancelled.output)")
            #expect(
                try await database.number("SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'vacuum'") == 0
            )
            #expect(await daemon.end() == 0)
        }
    }

    @Test("a table most of whose rows have no vector is analyzed once at the most", arguments: TestServer.all)
    func withoutVectors(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id int, vec vector(8));
                INSERT INTO docs
                SELECT g, CASE WHEN g % 5 = 0 THEN
                    (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8) END
                FROM generate_series(1, 60000) AS g;
                CREATE INDEX ON docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);
                """
            )
            try await database.waitForEndOfSessions()
            let daemon = try await Daemon.start(on: [database])
            try await daemon.wait(for: "this instance is the leader")
            for _ in 1...8 { try await daemon.waitForNextPoll(database) }
            await daemon.end()
            let analyzed = try await database.number(
                "SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'analyze' AND table_name = 'docs'"
            )
            #expect(analyzed <= 1)
            let report = try await ProgramRun.dryRun(on: database)
            #expect(!report.output.contains("stale-statistics"), "\(report.output)")
        }
    }
}
