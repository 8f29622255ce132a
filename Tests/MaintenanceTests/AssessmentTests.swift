import Advisor
import DatabaseFixture
import Foundation
import Maintenance
import Postgres
import Testing

@Suite("What an assessment of a real database says")
struct AssessmentTests {
    @Test("an IVFFlat index of vecs is outgrown past twice its rows, and not at twice", arguments: TestServer.all)
    func outgrown(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let grow = """
                from vecs import IndexMethod, IndexMeasure
                docs = vx.get_or_create_collection(name="docs", dimension=8)
                def grow(first, last):
                    docs.upsert([(str(i), np.random.rand(8), {}) for i in range(first, last)])
                """
            _ = try await VecsClient.run(
                grow + "\ngrow(0, 2000)\ndocs.create_index(method=IndexMethod.ivfflat)\ngrow(2000, 4000)",
                on: database
            )
            let atTwice = try await assess(database)
            #expect(!atTwice.rules("vecs.docs").contains("outgrown"))

            _ = try await VecsClient.run(grow + "\ngrow(4000, 4001)", on: database)
            let above = try await assess(database)
            #expect(above.rules("vecs.docs").contains("outgrown"))
            let job = try #require(above.jobs("vecs.docs").last)
            #expect(job.kind == "rebuild_index")
            #expect(job.disposition == .act)
            #expect(try above.collection("vecs.docs").rows.value == 4_001)
            #expect(above.isEstimated(job), "a dry run has nothing analyzed")
        }
    }

    @Test("an index built on an empty table is to be rebuilt when there are rows enough", arguments: TestServer.all)
    func builtTooEarly(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE t (id bigint, vec vector(8));
                CREATE INDEX t_idx ON t USING ivfflat (vec vector_cosine_ops) WITH (lists = 100);
                INSERT INTO t SELECT g, array_fill(g::real / 7, ARRAY[8])::vector FROM generate_series(1, 1500) AS g;
                """
            )
            let assessment = try await assess(database)
            #expect(assessment.rules("public.t.vec").contains("built-too-early"))
            #expect(assessment.jobs("public.t.vec").contains { $0.kind == "rebuild_index" && $0.disposition == .act })
        }
    }

    @Test("the counters of a crash do not make a baseline exact", arguments: TestServer.all)
    func resetCounters(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                table("t", rows: 3_000) + """
                    CREATE INDEX t_idx ON t USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);
                    ANALYZE t;
                    """
            )
            // In a session of its own: the counters of the first one are there when it has ended.
            try await database.administer("SELECT pg_stat_reset()")
            let assessment = try await assess(database)
            let relation = try #require(try assessment.collection("public.t.vec").relations.first)
            let baseline = Baseline.infer(for: try #require(relation.indexes.first), on: relation)
            #expect(baseline?.certainty == .guess)
            // The rows are still known: by the density of the pages.
            #expect(relation.rows == RowCount(3_000, .density))
        }
    }

    @Test("a truncated table has no rows, and its index was built on none", arguments: TestServer.all)
    func truncated(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                table("t", rows: 3_000) + """
                    CREATE INDEX t_idx ON t USING ivfflat (vec vector_cosine_ops) WITH (lists = 30);
                    """
            )
            try await database.execute("TRUNCATE t")
            let assessment = try await assess(database)
            let relation = try #require(try assessment.collection("public.t.vec").relations.first)
            #expect(relation.rows.value == 0)
            let baseline = Baseline.infer(for: try #require(relation.indexes.first), on: relation)
            #expect(baseline == Baseline(rows: 0, source: .builtEmpty, certainty: .exact))
        }
    }

    @Test(
        "the leftover of a failed build is reported with its size, and one that is being built is not",
        .timeLimit(.minutes(1)),
        arguments: TestServer.all
    )
    func invalid(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(table("t", rows: 2_000))
            let target = try ConnectionTarget(parsing: database.conninfo)
            var reader = try await Connection.open(target, timeout: .seconds(60), applicationName: "reader")
            _ = try await reader.query("BEGIN ISOLATION LEVEL REPEATABLE READ")
            _ = try await reader.query("SELECT count(*) FROM t")

            // The build waits for the reader's snapshot at its very end.
            let build = Task {
                var builder = try await Connection.open(target, timeout: .seconds(60), applicationName: "builder")
                _ = try await builder.query("CREATE INDEX CONCURRENTLY t_vec_idx ON t USING hnsw (vec vector_l2_ops)")
            }
            var during = try await assess(database)
            while during.snapshot.builds.first?.phase != "waiting for old snapshots" {
                during = try await assess(database)
            }
            #expect(!during.rules("public.t.vec").contains("invalid"))
            #expect(!during.rules("public.t.vec").contains("unindexed"))
            #expect(during.snapshot.builds.count == 1)

            build.cancel()
            _ = await build.result
            let after = try await assess(database)
            reader.close()
            #expect(after.rules("public.t.vec").contains("invalid"))
            let finding = try #require(after.findings.first { $0.rule == "invalid" })
            #expect(finding.summary.contains("costs every write"))
            let index = try #require(try after.collection("public.t.vec").relations[0].indexes.first)
            #expect(index.isSizeMeasured)
            #expect(index.sizeBytes > 100_000)
        }
    }

    @Test("who holds an old snapshot is named", arguments: TestServer.all)
    func preparedTransactions(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute("CREATE TABLE t (v vector(3))")
            let assessment = try await assess(database)
            #expect(assessment.snapshot.snapshotHolders.isEmpty)
        }
    }

    @Test("names that are hostile are read, confirmed and planned for", arguments: TestServer.all)
    func hostileNames(server: TestServer) async throws {
        let names = [
            #"quo"ted"#, "with space", "100%s", "new\nline", "emoji 🐘", String(repeating: "é", count: 31), "select",
            "UPPER", #"back\slash"#, "semi;colon--", "a.b", "\u{202E}rtl",
        ]
        try await withDatabase(on: server) { database in
            for name in names {
                let identifier = Identifier(name)
                try await database.execute(
                    """
                    CREATE SCHEMA \(identifier);
                    CREATE TABLE \(identifier).\(identifier) (\(identifier) vector(3));
                    INSERT INTO \(identifier).\(identifier) SELECT '[1,2,3]' FROM generate_series(1, 1500);
                    """
                )
            }
            let act = PolicyLayer(
                rules: ["unindexed": RuleOverride(mode: .act)],
                index: IndexOverride(distanceMetric: .cosineDistance)
            )
            let assessment = try await confirmed(database, layers: [act])
            #expect(Set(assessment.snapshot.collections.map(\.name.table)) == Set(names))
            #expect(assessment.snapshot.collections.allSatisfy { $0.rows == RowCount(1_500, .analyzed) })
            try await carryOut(assessment, on: database)
            let after = try await assess(database, layers: [act])
            #expect(after.snapshot.collections.allSatisfy { $0.relations[0].indexes.first?.isUsable == true })
            #expect(after.findings.filter { $0.rule != "advisory" }.isEmpty)
        }
    }

    @Test("a dry run changes nothing", arguments: TestServer.all)
    func readOnly(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                table("grown", rows: 2_000) + table("bare", rows: 2_000) + """
                    CREATE INDEX grown_idx ON grown USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                    INSERT INTO grown SELECT * FROM grown UNION ALL SELECT * FROM grown;
                    """
            )
            let catalogs = [
                "pg_class", "pg_index", "pg_attribute", "pg_namespace", "pg_depend", "pg_statistic",
                "pg_db_role_setting",
            ]
            func snapshot() async throws -> [String] {
                var parts: [String] = []
                for catalog in catalogs {
                    let rows = try await database.query(
                        Statement(
                            "SELECT md5(string_agg(c::text, '|' ORDER BY c::text)) AS sum FROM \(unescaped: catalog) AS c"
                        )
                    )
                    parts.append(try rows.first?["sum", as: String?.self] ?? "")
                }
                let counters = try await database.query(
                    """
                    SELECT concat_ws(' ', tup_inserted, tup_updated, tup_deleted, temp_files) AS sum
                    FROM pg_stat_database WHERE datname = current_database()
                    """
                )
                parts.append(try counters.first?["sum", as: String?.self] ?? "")
                let wal = try await database.query(
                    "SELECT count(*)::text AS sum FROM pg_stat_user_tables WHERE last_analyze IS NOT NULL"
                )
                parts.append(try wal.first?["sum", as: String?.self] ?? "")
                return parts
            }
            // The counters of a session that has ended are there when it is gone.
            try await wait(
                for: """
                    SELECT WHERE NOT EXISTS (
                        SELECT FROM pg_stat_activity
                        WHERE datname = current_database() AND backend_type = 'client backend'
                            AND pid <> pg_backend_pid()
                    )
                    """,
                on: database
            )
            var before = try await snapshot()
            var again = try await snapshot()
            while before != again {
                before = again
                again = try await snapshot()
            }
            // Nothing but the program itself keeps a superuser from it.
            let assessment = try await assess(database, conninfo: database.conninfo)
            #expect(assessment.plan.jobs.contains { $0.disposition == .act })
            #expect(try await snapshot() == before)
        }
    }
}
