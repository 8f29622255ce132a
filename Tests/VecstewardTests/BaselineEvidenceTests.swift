import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("What is known of an index's rows at its build", .timeLimit(.minutes(15)))
struct BaselineEvidenceTests {
    /// What is written down of an index.
    private static func record(_ index: String) -> String {
        """
        SELECT build.source || ' ' || build.rows AS record
        FROM vecsteward.build AS build
        JOIN pg_class AS class ON class.oid = build.oid AND class.relfilenode = build.relfilenode
        WHERE class.relname = '\(index)'
        """
    }

    private func records(_ index: String, _ database: TestDatabase) async throws -> [String] {
        try await database.query(Statement(Self.record(index))).map { row throws(PostgresError) in
            try row["record", as: String.self]
        }
    }

    @Test(
        "where ANALYZE has taken it from the catalog, the report says neither a number nor ok",
        arguments: TestServer.all
    )
    func analyzed(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(8));
                CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 100);
                \(randomRows(1, 8_000))
                ANALYZE docs;
                """
            )
            let text = try await ProgramRun.dryRun(on: database)
            let line = text.output.split(separator: "\n").first { $0.hasPrefix("public.docs.vec ") } ?? ""
            #expect(line.hasSuffix("baseline?"), "\(text.output)")
            #expect(!text.output.contains("100,000"), "no more than 8,000 rows were ever there")
            #expect(text.output.contains("vecsteward rebuild COLLECTION"))
            let json = try await ProgramRun.dryRun(on: database, ["--format", "json"])
            #expect(json.output.contains("\"isBaselineKnown\": false"))
            #expect(json.output.contains("\"settledBy\": \"Rebuild the index once"))
            // And it is so.
            let rebuild = try await database.run(["rebuild", "docs"])
            #expect(rebuild.status == 0, "\(rebuild.errors)")
            try await database.execute("ANALYZE docs")
            let settled = try await ProgramRun.dryRun(on: database)
            #expect(!settled.output.contains("baseline?"), "\(settled.output)")
        }
    }

    @Test(
        "it is written down before anything of ours analyzes the table, whatever does",
        arguments: TestServer.all,
        ["daemon", "run --once", "rebuild"]
    )
    func beforeOurs(server: TestServer, who: String) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(8));
                CREATE INDEX empty_idx ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                \(randomRows(1, 1_600))
                CREATE INDEX full_idx ON docs USING ivfflat (vec vector_ip_ops) WITH (lists = 30);
                \(randomRows(1_601, 8_000))
                """
            )
            try await database.waitForEndOfSessions()
            let rules = "\"built-too-early\": {\"mode\": \"warn\"}, \"outgrown\": {\"mode\": \"warn\"}"
            switch who {
            case "daemon":
                let daemon = try await Daemon.start(on: [database], rules: rules)
                try await daemon.wait(for: "this instance is the leader")
                try await database.wait(
                    until: """
                        SELECT count(*) AS number FROM vecsteward.job WHERE kind = 'analyze' AND state = 'done'
                        """
                )
                #expect(await daemon.end() == 0)
            case "run --once":
                let run = try await database.run(["run", "--once"])
                let analyzed = "SELECT analyze_count AS number FROM pg_stat_user_tables WHERE relid = 'docs'::regclass"
                #expect(try await database.number(analyzed) > 0, "\(run.errors)")
            default:
                let run = try await database.run(["rebuild", "docs", "--index", "full_idx"])
                #expect(run.status == 0, "\(run.errors)")
            }
            try await database.execute("ANALYZE docs")
            if who != "run --once" {
                #expect(try await records("empty_idx", database) == ["observed 0"])
            }
            let noted = try await database.number(
                """
                SELECT count(*) AS number FROM vecsteward.build
                WHERE (index_name, source, rows) IN (('empty_idx', 'observed', 0), ('full_idx', 'observed', 1600))
                """
            )
            #expect(noted == 2)
        }
    }

    @Test(
        "rows that came in the same pause as a TRUNCATE are not what the index was built on, though ANALYZE says so",
        arguments: TestServer.all
    )
    func truncated(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(8));
                \(randomRows(1, 2_000))
                CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                """
            )
            try await database.waitForEndOfSessions()
            let daemon = try await Daemon.start(on: [database])
            try await daemon.wait(for: "this instance is the leader")
            try await database.wait(until: "SELECT count(*) AS number FROM vecsteward.build")
            #expect(try await records("docs_idx", database) == ["observed 2000"])
            for _ in 0..<3 {
                // In one session without a pause: a poll may come before the ANALYZE, or after it.
                try await database.execute("BEGIN; TRUNCATE docs; \(randomRows(1, 3_000)) COMMIT; ANALYZE docs;")
                try await daemon.waitForNextPoll(database)
                let found = try await records("docs_idx", database)
                #expect(found.allSatisfy { $0 != "observed 3000" }, "\(found)")
                try await database.waitForEmptyQueue()
            }
            #expect(await daemon.end() == 0)
        }
    }

    @Test("it stays with an index that gives its name, or its table's, to another one", arguments: TestServer.all)
    func renamed(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(8));
                \(randomRows(1, 2_000))
                CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                """
            )
            let first = try await database.run(["run", "--once"])
            #expect(first.status == 0, "\(first.errors)")
            try await database.execute(
                """
                ALTER INDEX docs_idx RENAME TO docs_idx_old;
                ALTER TABLE docs RENAME TO docs_old;
                CREATE TABLE docs (id bigint, vec vector(8));
                \(randomRows(1, 3_000))
                CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                """
            )
            let second = try await database.run(["run", "--once"])
            #expect(second.status == 0, "\(second.errors)")
            try await database.execute("ANALYZE docs; ANALYZE docs_old;")
            let report = try await ProgramRun.dryRun(on: database)
            #expect(!report.output.contains("baseline?"), "\(report.output)")
            #expect(report.output.contains("2,000 a") && report.output.contains("3,000 a"), "\(report.output)")
        }
    }

    @Test("it is not that of an index with the same numbers in the database of a dump", arguments: TestServer.all)
    func restored(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(8));
                \(randomRows(1, 2_000))
                CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                """
            )
            let run = try await database.run(["run", "--once"])
            #expect(run.status == 0, "\(run.errors)")
            // What a dump carries over, with the numbers that things had where it was made.
            try await database.administer("UPDATE vecsteward.build SET rows = 500, state_oid = state_oid::bigint + 1")
            try await database.execute("ANALYZE docs")
            let report = try await ProgramRun.dryRun(on: database)
            #expect(report.output.contains("baseline?"), "\(report.output)")
            #expect(!report.output.contains("500 a"))
            // The index is one that nobody knows of, and is written down as such.
            let again = try await database.run(["run", "--once"])
            #expect(again.status == 0, "\(again.errors)")
            #expect(try await records("docs_idx", database).sorted() == ["inferred 2000", "observed 500"])
        }
    }

    @Test(
        "an index that a change of the column's type hands on was not built empty",
        arguments: TestServer.all
    )
    func reused(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(8));
                \(randomRows(1, 2_000))
                CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                ALTER TABLE docs ALTER COLUMN vec TYPE vector;
                """
            )
            try await database.waitForEndOfSessions()
            let handedOn = try await database.number(
                "SELECT count(*) AS number FROM pg_class WHERE relname = 'docs_idx' AND reltuples <= 0 AND relfilenode < oid"
            )
            #expect(handedOn == 1, "PostgreSQL keeps the file, and counts nothing")
            let report = try await ProgramRun.dryRun(on: database, ["--format", "json"]).report()
            #expect(report.databases[0].rules("public.docs.vec").contains("built-too-early") == false)
        }
    }

    @Test(
        "what another index has counted at its build, of whatever method, hides no growth",
        arguments: TestServer.all,
        [
            "ALTER TABLE docs ADD PRIMARY KEY (id)", "CREATE INDEX CONCURRENTLY ON docs (id)", "REINDEX INDEX early",
            "CREATE INDEX ON docs USING hnsw (vec vector_l2_ops)",
        ]
    )
    func laterBuilds(server: TestServer, build: String) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(8));
                \(randomRows(1, 1_600))
                CREATE INDEX early ON docs (id);
                CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);
                \(randomRows(1_601, 5_000))
                """
            )
            try await database.execute(build)
            try await database.waitForEndOfSessions()
            let report = try await ProgramRun.dryRun(on: database, ["--format", "json"])
            #expect(try report.report().databases[0].rules("public.docs.vec").contains("outgrown"), "\(report.output)")
        }
    }

    @Test(
        "zero vectors, which an index for cosine distance leaves out, are no growth, by either method",
        arguments: TestServer.all,
        ["ivfflat", "hnsw"]
    )
    func zeroVectors(server: TestServer, method: String) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(8));
                \(randomRows(1, 2_000))
                INSERT INTO docs SELECT g, array_fill(0, ARRAY[8])::vector FROM generate_series(2001, 7000) AS g;
                """
            )
            try await database.waitForEndOfSessions()
            let created = try await database.run([
                "create-index", "docs", "--method", method, "--measure", "cosine_distance",
            ])
            #expect(created.status == 0, "\(created.errors)")
            let record = try await database.query("SELECT rows, table_rows FROM vecsteward.build").one()
            #expect(try record["rows", as: Int64.self] == 2_000)
            #expect(try record["table_rows", as: Int64.self] == 7_000)
            for _ in 0..<2 {
                let report = try await ProgramRun.dryRun(on: database, ["--format", "json"])
                #expect(try report.report().databases[0].rules("public.docs.vec") == [], "\(report.output)")
                #expect(report.output.contains("\"growthFactor\": 1.0"), "\(report.output)")
                try await database.execute("ANALYZE docs")
            }
        }
    }
}
