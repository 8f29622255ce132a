import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Proving a new index", .timeLimit(.minutes(15)))
struct PlannerCheckTests {
    /// A column and an index on it, with names that only quoting survives.
    private static let cases = [
        ("vector(8)", #"hnsw ("ve""c" public.vector_cosine_ops)"#),
        ("vector(8)", #"ivfflat ("ve""c" public.vector_l2_ops) WITH (lists = 2)"#),
        ("vector(8)", #"hnsw ("ve""c" public.vector_ip_ops)"#),
        ("vector(8)", #"hnsw ("ve""c" public.vector_l1_ops)"#),
        ("halfvec(8)", #"hnsw ("ve""c" public.halfvec_l2_ops)"#),
        ("sparsevec(8)", #"hnsw ("ve""c" public.sparsevec_cosine_ops)"#),
        ("vector(8)", #"hnsw (("ve""c"::public.halfvec(8)) public.halfvec_l2_ops)"#),
        ("vector(8)", #"hnsw (("ve""c"::public.halfvec(8)) public.halfvec_cosine_ops) WHERE "I D" % 2 = 0"#),
        ("vector(8)", #"hnsw ("ve""c" public.vector_l2_ops) WHERE "I D" > 5 AND "we're" IS NOT NULL"#),
        ("vector(8)", #"hnsw ((public.binary_quantize("ve""c")::bit(8)) public.bit_hamming_ops)"#),
        ("vector(8)", #"hnsw ((public.binary_quantize("ve""c")::bit(8)) public.bit_jaccard_ops)"#),
    ]

    @Test("the planner uses it, whatever its type and expression, also of a quoted name", arguments: TestServer.all)
    func used(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            for (number, (type, definition)) in Self.cases.enumerated() {
                let table = #""sch""ema"."ta'ble \#(number)""#
                try await database.execute(
                    """
                    CREATE SCHEMA IF NOT EXISTS "sch""ema";
                    CREATE TABLE \(table) ("I D" bigint, "we're" text, "ve""c" \(type));
                    INSERT INTO \(table)
                    SELECT g, 'x', array_fill(sin(g)::real, ARRAY[8])::vector(8)::\(type) FROM generate_series(1, 200) AS g;
                    CREATE INDEX "in""dex \(number)" ON \(table) USING \(definition);
                    """
                )
                let catalogReader = try await catalogReader(database)
                let index = try await identity(of: #"in"dex \#(number)"#, database)
                guard case .passed = try await PlannerCheck.check(index, from: catalogReader) else {
                    Issue.record("\(definition) did not pass")
                    continue
                }
            }
        }
    }

    @Test("the index that it is to replace proves it as well", arguments: TestServer.all)
    func twin(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                table("docs", rows: 200) + """
                    CREATE INDEX old ON docs USING hnsw (vec vector_l2_ops);
                    CREATE INDEX new ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 100);
                    """
            )
            let catalogReader = try await catalogReader(database)
            guard case .passed = try await PlannerCheck.check(identity(of: "new", database), from: catalogReader) else {
                Issue.record("it did not pass")
                return
            }
        }
    }

    @Test("one that the planner cannot use is dropped, and no second try fixes that", arguments: TestServer.all)
    func useless(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(table("docs", rows: 2_000) + "ANALYZE docs;")
            let record = try #require(try await jobRecords(database, kind: "create_index").first)
            // The server keeps an index with broken update chains from every query as old as this transaction.
            var old = try await database.connect()
            // As a script: what the other protocol leaves open would have a snapshot, which the build would wait for.
            try await old.run(script: "BEGIN; SELECT pg_current_xact_id()")
            let runner = JobExecutor(try database.connections(database.target(as: .steward)))
            let name = record.job.targets[0].buildingName
            let target = try database.target()
            let outcome = try await runner.carryOut(record) { (record) throws(PostgresError) in
                guard record.state == .proving else { return }
                var connection = try await Connection.open(target, timeout: .seconds(30), applicationName: "test")
                _ = try await connection.query(
                    "UPDATE pg_index SET indcheckxmin = TRUE WHERE indexrelid = \(name)::text::regclass"
                )
            }
            guard case .failed(let error) = outcome else {
                Issue.record("it did not fail: \(outcome)")
                return
            }
            #expect(error.message.contains("the planner does not use it"))
            #expect(RetryPolicy.pause(after: error, attempts: 1) == nil)
            #expect(try await usableIndexes(database).isEmpty)
            _ = try await old.query("COMMIT")
        }
    }

    @Test("a role that may not read the table is told, and stops nothing", arguments: TestServer.all)
    func unreadable(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let role = "role_\(database.name)"
            try await database.administer(
                table("docs", rows: 200) + """
                    CREATE INDEX docs_index ON docs USING hnsw (vec vector_l2_ops);
                    CREATE ROLE \(role) LOGIN PASSWORD 'x';
                    """
            )
            let conninfo = try database.conninfo(user: role, password: "x")
            let catalogReader = try await catalogReader(database, conninfo: conninfo)
            let verdict = try await PlannerCheck.check(identity(of: "docs_index", database), from: catalogReader)
            try await database.administer("DROP ROLE \(role)")
            guard case .unknown(let why) = verdict else {
                Issue.record("\(verdict)")
                return
            }
            #expect(why.contains("permission denied for table docs"))
        }
    }

    /// What a table can have that leads to code of others, or keeps the planner from being asked.
    private static let doubts: [(sql: String, why: String)] = [
        ("CREATE INDEX ON docs (id) WHERE hers()", "uses function 'public.hers()' of role"),
        ("CREATE INDEX ON docs ((CASE WHEN hers() THEN id END))", "uses function 'public.hers()' of role"),
        ("CREATE STATISTICS ON id, (CASE WHEN hers() THEN id END) FROM docs", "uses function 'public.hers()' of role"),
        ("ALTER TABLE docs ADD CHECK (hers())", "uses function 'public.hers()' of role"),
        ("ALTER TABLE docs ADD made int GENERATED ALWAYS AS (CASE WHEN hers() THEN 1 END) STORED", "uses function"),
        (
            "CREATE DOMAIN number AS int CHECK (hers()); ALTER TABLE docs ADD number number[]",
            "uses function 'public.hers()' of role"
        ),
        ("CREATE DOMAIN number AS int; ALTER TABLE docs ADD number number[]", "uses type 'public.number' of role"),
        ("CREATE TYPE kind AS ENUM ('a'); ALTER TABLE docs ADD kind kind", "uses type 'public.kind' of role"),
        (
            """
            CREATE FUNCTION hers(int, int) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT TRUE';
            CREATE OPERATOR === (FUNCTION = hers, LEFTARG = int, RIGHTARG = int);
            CREATE INDEX ON docs (id) WHERE 1 === 1
            """, "uses function 'public.hers(integer,integer)' of role"
        ),
        (
            """
            ALTER TABLE docs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
            CREATE POLICY hers ON docs USING (current_setting('app.tenant') = 'x')
            """, "row-level security"
        ),
        (
            """
            CREATE INDEX docs_index ON docs USING hnsw (vec vector_l2_ops)
            WHERE vec <> '[1,1,1,1,1,1,1,1]'::vector
            """, "contains a value of a type that is not PostgreSQL's own"
        ),
    ]

    @Test(
        "the planner is not asked where code of others might run, and why is told",
        arguments: TestServer.all,
        doubts
    )
    func doubtful(server: TestServer, way: (sql: String, why: String)) async throws {
        try await withDatabase(on: server) { database in
            let isOwnIndex = way.sql.contains("docs_index")
            try await database.execute(
                """
                CREATE FUNCTION hers() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN TRUE; END';

                """ + table("docs", rows: 200) + way.sql + ";"
                    + (isOwnIndex ? "" : "CREATE INDEX docs_index ON docs USING hnsw (vec vector_l2_ops);")
            )
            _ = try await database.target(nil)
            let target = try database.target(as: .steward)
            let catalogReader = JobCatalogReader(
                try database.connections(target),
                statementTimeout: .seconds(30),
                leaderProcessID: nil
            )
            let verdict = try await PlannerCheck.check(identity(of: "docs_index", database), from: catalogReader)
            guard case .unknown(let why) = verdict else {
                Issue.record("\(verdict)")
                return
            }
            #expect(why.hasPrefix("vecsteward did not check whether the planner uses the new index: "))
            #expect(why.contains(way.why), "\(why)")
        }
    }

    @Test(
        "what vecsteward's own role has made, or PostgreSQL or an extension, is no code of others",
        arguments: TestServer.all
    )
    func own(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer(
                "CREATE FUNCTION ours() RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN TRUE; END';"
                    + table("docs", rows: 200) + """
                        ALTER TABLE docs ADD CHECK (id > 0), ADD CHECK (vector_dims(vec) = 8), ADD CHECK (ours());
                        CREATE STATISTICS ON id, (id % 7) FROM docs;
                        CREATE INDEX ON docs (lower(id::text)) WHERE ours();
                        CREATE INDEX docs_index ON docs USING hnsw (vec vector_l2_ops);
                        """
            )
            let catalogReader = JobCatalogReader(
                try database.connections(),
                statementTimeout: .seconds(30),
                leaderProcessID: nil
            )
            guard case .passed = try await PlannerCheck.check(identity(of: "docs_index", database), from: catalogReader)
            else {
                Issue.record("it did not pass")
                return
            }
        }
    }

    @Test("a lock that somebody holds is not waited for, and nothing is left behind", arguments: TestServer.all)
    func locked(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                table("docs", rows: 200) + "CREATE INDEX docs_index ON docs USING hnsw (vec vector_l2_ops);"
            )
            let catalogReader = try await catalogReader(database)
            let index = try await identity(of: "docs_index", database)
            var holder = try await database.connect()
            _ = try await holder.query("BEGIN")
            _ = try await holder.query("LOCK TABLE docs IN SHARE UPDATE EXCLUSIVE MODE")
            guard case .unknown(let why) = try await PlannerCheck.check(index, from: catalogReader) else {
                Issue.record("it was asked")
                return
            }
            #expect(why.contains("somebody holds a lock on its table"))
            _ = try await holder.query("ROLLBACK")
            guard case .passed = try await PlannerCheck.check(index, from: catalogReader) else {
                Issue.record("it did not pass")
                return
            }
            let left = try await database.query(
                """
                SELECT relname FROM pg_class WHERE relname = 'vecsteward_proof'
                UNION ALL
                SELECT relation::text FROM pg_locks WHERE relation = 'docs'::regclass
                """
            )
            #expect(left.isEmpty)
        }
    }

    private func catalogReader(_ database: TestDatabase, conninfo: String? = nil) async throws -> JobCatalogReader {
        JobCatalogReader(
            try database.connections(try await database.target(conninfo)),
            statementTimeout: .seconds(30),
            leaderProcessID: nil
        )
    }

    private func identity(of index: String, _ database: TestDatabase) async throws -> IndexIdentity {
        let row = try await database.query(
            "SELECT oid::int8 AS oid, relfilenode::int8 AS relfilenode FROM pg_class WHERE relname = \(index)"
        ).one()
        return IndexIdentity(oid: try row.oid("oid"), relfilenode: try row.oid("relfilenode"))
    }
}
