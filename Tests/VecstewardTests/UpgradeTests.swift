import DatabaseFixture
import Postgres
import Testing

@Suite("A database that an earlier version has left", .timeLimit(.minutes(15)))
struct UpgradeTests {
    /// The last version of the schema with one table for all kinds of jobs.
    private static let version = 9

    /// A table that has outgrown its index, with the new one built and not yet swapped, as when the program was killed then.
    private static let tables = """
        CREATE TABLE docs (id int, vec vector(8));
        INSERT INTO docs SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g)::vector(8)
        FROM generate_series(1, 1500) AS g;
        CREATE INDEX by_hand ON docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);
        INSERT INTO docs SELECT * FROM docs UNION ALL SELECT * FROM docs;
        CREATE INDEX vecsteward_build_1 ON docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 45);
        CREATE TABLE parted (id int, vec vector(8)) PARTITION BY RANGE (id);
        CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100000);
        INSERT INTO parted SELECT * FROM docs;
        CREATE INDEX parted_vec ON parted USING ivfflat (vec vector_cosine_ops) WITH (lists = 10);
        CREATE TABLE lone (LIKE docs);
        INSERT INTO lone SELECT * FROM docs;
        CREATE TABLE broken (LIKE docs);
        INSERT INTO broken SELECT * FROM docs;
        ANALYZE docs, parted, lone, broken;
        """

    /// What that program had written down: a rebuild in its middle, jobs in the queue, one that failed, one that is done with its
    /// build, and a finding.
    private static let state = """
        INSERT INTO vecsteward.job (
            kind, collection_schema, collection_table, column_name, table_schema, table_name, building_name, finished_name,
            old_index_name, retired_name, is_attached, method, lists, measure, operator_class_schema, operator_class,
            disposition, reason_rules, reason_summaries, state, attempts, started_at, old_oid, old_relfilenode,
            predicted_memory_bytes, predicted_disk_bytes, predicted_seconds
        )
        SELECT
            'rebuild_index', 'public', 'docs', 'vec', 'public', 'docs', 'vecsteward_build_1', 'by_hand',
            'by_hand', 'vecsteward_old_1', FALSE, 'ivfflat', 45, 'cosine_distance', 'public', 'vector_cosine_ops',
            'act', '{outgrown}', '{grown}', 'running', 1, now(), oid, relfilenode, 1, 2, 3
        FROM pg_class WHERE relname = 'by_hand';

        INSERT INTO vecsteward.job (
            kind, collection_schema, collection_table, column_name, table_schema, table_name, building_name, finished_name,
            old_index_name, is_attached, method, lists, measure, operator_class_schema, operator_class,
            disposition, reason_rules, reason_summaries, old_oid, old_relfilenode
        )
        SELECT
            'rebuild_index', 'public', 'parted', 'vec', 'public', 'parted_1', 'vecsteward_build_2', relname,
            relname, TRUE, 'ivfflat', 45, 'cosine_distance', 'public', 'vector_cosine_ops',
            'act', '{outgrown}', '{grown}', oid, relfilenode
        FROM pg_class WHERE relname = 'parted_1_vec_idx';

        INSERT INTO vecsteward.job (
            kind, collection_schema, collection_table, column_name, table_schema, table_name,
            disposition, reason_rules, reason_summaries
        ) VALUES ('analyze', 'public', 'lone', 'vec', 'public', 'lone', 'act', '{stale-statistics}', '{stale}');

        INSERT INTO vecsteward.job (
            kind, collection_schema, collection_table, column_name, table_schema, table_name, building_name, finished_name,
            choice_reason, method, m, ef_construction, measure, operator_class_schema, operator_class,
            disposition, reason_rules, reason_summaries, state, attempts, started_at, finished_at, failure_message, table_oid,
            table_relfilenode, seen_rows, seen_writes, seen_indexes
        )
        SELECT
            'create_index', 'public', 'broken', 'vec', 'public', 'broken', 'vecsteward_build_3', 'broken_index',
            'auto', 'hnsw', 16, 64, 'cosine_distance', 'public', 'vector_cosine_ops',
            'act', '{unindexed}', '{none}', 'failed', 4, now(), now(), 'no room', oid, relfilenode, 1, 1, '{}'
        FROM pg_class WHERE relname = 'broken';

        INSERT INTO vecsteward.build (
            table_schema, table_name, column_name, index_name, oid, relfilenode, rows, source, method, lists
        )
        SELECT 'public', 'docs', 'vec', 'by_hand', oid, relfilenode, 1500, 'built', 'ivfflat', 30
        FROM pg_class WHERE relname = 'by_hand';

        INSERT INTO vecsteward.finding (
            rule, table_schema, table_name, column_name, severity, summary, raised_at, told_at
        )
        VALUES (
            'unindexed', 'public', 'broken', 'vec', 'warning', 'none', now() - interval '1 hour', now() - interval '1 hour'
        );
        """

    @Test("is taken over in the middle of its jobs: nothing is lost, and nothing done twice", arguments: TestServer.all)
    func takenOver(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.tables)
            try await database.makeState(ofVersion: Self.version)
            try await database.administer(Self.state)
            let reader = "reader of \(database.name)"
            try await database.administer(
                "CREATE ROLE \(Identifier(reader)); GRANT SELECT ON vecsteward.job TO \(Identifier(reader))"
            )
            let built = try await database.number(
                "SELECT oid::int8 AS number FROM pg_class WHERE relname = 'vecsteward_build_1'"
            )
            let daemon = try await Daemon.start(on: [database], rules: #""unindexed": {"mode": "act"}"#)
            try await database.wait(
                until: """
                    SELECT count(*) AS number FROM vecsteward.job
                    WHERE id <= 3 AND state = 'done' AND EXISTS (
                        SELECT FROM vecsteward.migration WHERE version > \(Self.version)
                    )
                    """,
                is: 3
            )
            for _ in 1...2 { try await daemon.waitForNextPoll(database) }
            await daemon.end()
            let comment: Comment = "\(daemon.text)"
            let readable = try await database.query(
                "SELECT has_table_privilege(\(reader), 'vecsteward.build_job', 'SELECT') AS is_readable"
            ).one()["is_readable", as: Bool.self]
            #expect(readable, "whoever may read the queue may read its new tables")
            try await database.administer("DROP OWNED BY \(Identifier(reader)); DROP ROLE \(Identifier(reader))")

            // The index that was built has taken its place, and was not built again.
            let named = try await database.number("SELECT oid::int8 AS number FROM pg_class WHERE relname = 'by_hand'")
            #expect(named == built, comment)
            #expect(
                try await database.number("SELECT attempts AS number FROM vecsteward.job WHERE id = 1") == 1,
                comment
            )
            #expect(
                try await database.number(
                    "SELECT count(*) AS number FROM vecsteward.build WHERE table_name = 'docs' AND job_id = 1 AND lists = 45"
                ) == 1,
                comment
            )
            #expect(
                try await database.number(
                    "SELECT count(*) AS number FROM pg_class WHERE relname LIKE 'vecsteward\\_%' AND relkind = 'i'"
                ) == 0,
                comment
            )
            // What failed waits for a person, under its number, and what was found stands since it was found.
            let failed = try await database.query(
                """
                SELECT job.state, job.failure_message, job.subject, job.lane, build_job.m, build_job.finished_name::text
                FROM vecsteward.job JOIN vecsteward.build_job ON job_id = id WHERE id = 4
                """
            ).one()
            #expect(try failed["state", as: String.self] == "failed", comment)
            #expect(try failed["failure_message", as: String.self] == "no room")
            #expect(try failed["subject", as: String.self] == "vec")
            #expect(try failed["lane", as: String.self] == "build")
            #expect(try failed["m", as: Int.self] == 16)
            #expect(try failed["finished_name", as: String.self] == "broken_index")
            #expect(
                try await database.number(
                    """
                    SELECT count(*) AS number FROM vecsteward.finding
                    WHERE rule = 'unindexed' AND table_name = 'broken' AND resolved_at IS NULL
                        AND raised_at < now() - interval '50 minutes'
                    """
                ) == 1,
                comment
            )
            #expect(
                try await database.number(
                    "SELECT count(*) AS number FROM vecsteward.job WHERE id > 4 AND table_name IN ('docs', 'broken')"
                ) == 0,
                comment
            )
        }
    }
}
