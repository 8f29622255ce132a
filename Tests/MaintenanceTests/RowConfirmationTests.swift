import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Confirming rows by the server's own ANALYZE", .timeLimit(.minutes(15)))
struct RowConfirmationTests {
    private let unindexedActs = PolicyLayer(
        rules: ["unindexed": RuleOverride(mode: .act)],
        index: IndexOverride(distanceMetric: .cosineDistance)
    )

    /// How often a table was analyzed.
    private func analyses(_ table: String, _ database: TestDatabase) async throws -> Int64 {
        try await database.query(
            "SELECT pg_stat_get_analyze_count(\(table)::text::regclass) + pg_stat_get_autoanalyze_count(\(table)::text::regclass) AS n"
        ).one()["n", as: Int64.self]
    }

    @Test("an index is outgrown at more than twice its rows, and not at twice", arguments: TestServer.all)
    func boundary(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                table("t", rows: 2_000) + """
                    CREATE INDEX t_idx ON t USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                    INSERT INTO t SELECT * FROM t;
                    """
            )
            #expect(!(try await confirmed(database).rules("public.t.vec").contains("outgrown")))
            #expect(try await analyses("t", database) == 0, "nothing hangs on it yet")
            try await database.execute("INSERT INTO t SELECT * FROM t LIMIT 1")
            let above = try await confirmed(database)
            #expect(above.jobs("public.t.vec").contains { $0.kind == "rebuild_index" && $0.disposition == .act })
            #expect(try above.collection("public.t.vec").rows == RowCount(4_001, .analyzed))
            #expect(try await analyses("t", database) == 1)
        }
    }

    @Test("rows without a vector do not make an index outgrown", arguments: TestServer.all)
    func withoutVector(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                table("t", rows: 2_000) + """
                    CREATE INDEX t_idx ON t USING ivfflat (vec vector_l2_ops) WITH (lists = 30);
                    INSERT INTO t SELECT g FROM generate_series(1, 5000) AS g;
                    """
            )
            for _ in 1...3 {
                let assessment = try await confirmed(database)
                #expect(!assessment.rules("public.t.vec").contains("outgrown"))
                #expect(try assessment.collection("public.t.vec").vectorRows.value == 2_000)
            }
            #expect(try await analyses("t", database) == 1)
        }
    }

    @Test("one that settled it is not made again at each poll", arguments: TestServer.all)
    func once(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(table("many", rows: 2_000) + table("few", rows: 900))
            // What an ANALYZE in the session of the inserts counts once more is no reason either.
            try await database.execute("INSERT INTO few SELECT * FROM few LIMIT 50; ANALYZE few")
            for _ in 1...3 {
                let assessment = try await confirmed(database, layers: [unindexedActs])
                #expect(assessment.rules("public.many.vec").contains("unindexed"))
                #expect(assessment.jobs("public.many.vec").contains { $0.kind == "create_index" })
                #expect(!assessment.rules("public.few.vec").contains("unindexed"))
            }
            #expect(try await analyses("many", database) == 1)
            #expect(try await analyses("few", database) == 1)
        }
    }

    @Test("one whose job is queued, or has failed for good, is not made at each poll", arguments: TestServer.all)
    func queued(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            // So near the number that decides that a few writes leave it open again.
            try await database.execute(table("t", rows: 1_005))
            var connection = try await database.connect()
            _ = try await StateSchema.prepare(on: &connection, createIfMissing: true)
            let assessor = Assessor(try database.connections(), policies: PolicyBook(layers: [unindexedActs]))
            let first = try await confirmed(by: assessor)
            #expect(try await analyses("t", database) == 1)
            let jobs = first.jobs("public.t.vec").filter { $0.kind == "create_index" }
            let record = try #require(try await JobQueue.enqueue(jobs, on: &connection).first)
            let write = """
                UPDATE t SET id = id WHERE ctid IN (SELECT ctid FROM t LIMIT 20);
                SELECT pg_stat_force_next_flush();
                """
            for poll in 1...4 {
                if poll == 3 {
                    let error = PostgresError(.server, "there is no room")
                    _ = try await JobQueue.fail(record.id, error: error, retryAfter: nil, on: &connection)
                }
                try await database.execute(write)
                let assessment = try await confirmed(by: assessor)
                #expect(assessment.jobs("public.t.vec").contains { $0.kind == "create_index" })
                #expect(assessment.queuedWork.entries(for: jobs[0])?.count == 1)
            }
            #expect(try await analyses("t", database) == 1)
            // Without the job, the rows decide again.
            try await database.administer("DELETE FROM vecsteward.job")
            try await database.execute(write)
            _ = try await confirmed(by: assessor)
            #expect(try await analyses("t", database) == 2)
        }
    }

    @Test("rows that a session inserted just before its own ANALYZE are there once", arguments: TestServer.all)
    func countedTwice(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let rows = "SELECT g, '[1,2,3]'::vector(3) FROM generate_series(1, 700) AS g"
            let script = """
                CREATE TABLE vacuumed (id int, vec vector(3));
                CREATE TABLE analyzed (id int, vec vector(3));
                CREATE TABLE halved (id int, vec vector(3));
                CREATE TABLE refilled (id int, vec vector(3));
                CREATE TABLE grown (id int, vec vector(3));
                INSERT INTO grown \(rows);
                INSERT INTO refilled \(rows);
                """
            try await database.execute(script)
            var session = try await database.connect()
            // As fast as this the server does not hear of the inserts before the ANALYZE.
            for statement in [
                "INSERT INTO vacuumed \(rows)", "VACUUM ANALYZE vacuumed", "INSERT INTO analyzed \(rows)",
                "ANALYZE analyzed", "INSERT INTO halved \(rows)", "ANALYZE halved",
                "DELETE FROM halved WHERE id <= 350",
                "ANALYZE halved", "TRUNCATE refilled", "INSERT INTO refilled \(rows)", "ANALYZE refilled",
                "ANALYZE grown",
                "INSERT INTO grown \(rows)", "SELECT pg_stat_force_next_flush()",
            ] { _ = try await session.query(Statement(statement)) }
            let assessment = try await assess(database)
            func found(_ name: String) throws -> Int64 { try assessment.collection("public.\(name).vec").rows.value }
            #expect(try found("vacuumed") == 700)
            #expect(try found("analyzed") == 700)
            #expect(try found("halved") == 350)
            #expect(try found("refilled") == 700)
            #expect(try found("grown") == 1_400)
        }
    }

    @Test("whoever holds a lock on the table is not waited for", arguments: TestServer.all)
    func locked(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(table("t", rows: 2_000))
            var holder = try await database.connect()
            _ = try await holder.query("BEGIN")
            _ = try await holder.query("LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE")
            let assessment = try await confirmed(database, layers: [unindexedActs])
            let job = try #require(assessment.jobs("public.t.vec").first { $0.kind == "create_index" })
            guard case .refused(let why) = job.disposition else {
                Issue.record("\(job.disposition)")
                return
            }
            #expect(why.contains("the table is locked"))
            _ = try await holder.query("ROLLBACK")
            let after = try await confirmed(database, layers: [unindexedActs])
            #expect(after.jobs("public.t.vec").contains { $0.kind == "create_index" && $0.disposition == .act })
        }
    }

    @Test("an ANALYZE that takes too long ends, and is not begun again at the next poll", arguments: TestServer.all)
    func tooLong(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                table("t", rows: 2_000) + table("u", rows: 2_000) + """
                    CREATE FUNCTION slow() RETURNS boolean IMMUTABLE LANGUAGE plpgsql
                    AS $$ BEGIN PERFORM pg_sleep(60); RETURN TRUE; END $$;
                    CREATE FUNCTION quick() RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT TRUE';
                    CREATE INDEX ON t (id) WHERE quick();
                    CREATE OR REPLACE FUNCTION quick() RETURNS boolean IMMUTABLE LANGUAGE plpgsql
                    AS $$ BEGIN RETURN public.slow(); END $$;
                    """
            )
            let target = try await database.target(nil)
            let assessor = Assessor(
                try database.connections(target),
                policies: PolicyBook(layers: [unindexedActs]),
                statementTimeout: .seconds(3)
            )
            for round in 1...2 {
                let assessment = try await confirmed(by: assessor)
                let why = try assessment.collection("public.t.vec").relations[0].countBlocker
                #expect(why?.contains("statementTimeout") == true)
                guard round == 2 else { continue }
                let other = assessment.jobs("public.u.vec").filter { $0.kind == "create_index" }
                #expect(other.map(\.disposition) == [.act])
            }
        }
    }

    @Test("a role that may not analyze the table is told so, and changes nothing", arguments: TestServer.all)
    func stranger(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let role = "role_\(database.name)"
            try await database.administer(
                table("t", rows: 2_000) + "CREATE ROLE \(role) LOGIN PASSWORD 'x'; GRANT SELECT ON t TO \(role)"
            )
            let conninfo = try database.conninfo(user: role, password: "x")
            let assessment = try await confirmed(database, conninfo: conninfo, layers: [unindexedActs])
            try await database.administer("DROP OWNED BY \(role); DROP ROLE \(role)")
            let relation = try assessment.collection("public.t.vec").relations[0]
            #expect(relation.countBlocker?.contains("may not ANALYZE") == true)
            #expect(!assessment.plan.jobs.contains { $0.kind == "create_index" && $0.disposition == .act })
            #expect(try await analyses("t", database) == 0)
        }
    }
}
