import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("Proving a new index", .timeLimit(.minutes(15)))
struct ProofTests {
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
                let lookout = try await lookout(database)
                let index = try await identity(of: #"in"dex \#(number)"#, database)
                guard case .passed = try await Proof.prove(index, from: lookout) else {
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
            let lookout = try await lookout(database)
            guard case .passed = try await Proof.prove(identity(of: "new", database), from: lookout) else {
                Issue.record("it did not pass")
                return
            }
        }
    }

    @Test("one that the planner cannot use is dropped, and no second try mends that", arguments: TestServer.all)
    func useless(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(table("docs", rows: 2_000) + "ANALYZE docs;")
            let record = try #require(try await jobRecords(database, kind: "create_index").first)
            // The server keeps an index with broken update chains from every query as old as this transaction.
            var old = try await database.connect()
            // As a script: what the other protocol leaves open would have a snapshot, which the build would wait for.
            try await old.run(script: "BEGIN; SELECT pg_current_xact_id()")
            let runner = JobRunner(try database.connections(database.target(as: .steward)))
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
            let lookout = try await lookout(database, conninfo: conninfo)
            let verdict = try await Proof.prove(identity(of: "docs_index", database), from: lookout)
            try await database.administer("DROP ROLE \(role)")
            guard case .unknown(let why) = verdict else {
                Issue.record("\(verdict)")
                return
            }
            #expect(why.contains("permission denied for table docs"))
        }
    }

    private func lookout(_ database: TestDatabase, conninfo: String? = nil) async throws -> Lookout {
        Lookout(
            try database.connections(try await database.target(conninfo)),
            statementTimeout: .seconds(30),
            leadProcessID: nil
        )
    }

    private func identity(of index: String, _ database: TestDatabase) async throws -> IndexIdentity {
        let row = try await database.query(
            "SELECT oid::int8 AS oid, relfilenode::int8 AS relfilenode FROM pg_class WHERE relname = \(index)"
        ).one()
        return IndexIdentity(oid: try row.oid("oid"), relfilenode: try row.oid("relfilenode"))
    }
}
