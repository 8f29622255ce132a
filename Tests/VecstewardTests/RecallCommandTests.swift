import Advisor
import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import vecsteward

@Suite("recall", .timeLimit(.minutes(10)))
struct RecallCommandTests {
    /// A column and an index on it.
    struct Kind: Sendable, CustomTestStringConvertible {
        var column: String
        var method: String
        /// What the index is on.
        var key = "v"
        var operatorClass: String
        var distance: String
        /// A random value of the column in SQL; `n` is the number of the row.
        var value: String
        /// The rows that a partial index has.
        var predicate = "true"

        var testDescription: String { "\(method) \(operatorClass) on \(column)" }

        /// Small whole numbers: equal distances are exactly equal, and others differ by far more than a Float's last digits.
        private static let numbers = "SELECT floor(random() * 5) - 2 FROM generate_series(1, 6) WHERE n = n"
        private static let dense = "(SELECT array_agg(x) FROM (\(numbers)) AS numbers (x))::vector(6)"
        private static let sparse = "(\(dense))::sparsevec(6)"
        private static let bits =
            "(SELECT string_agg((random() < 0.4)::int::text, '') FROM generate_series(1, 12) WHERE n = n)::bit(12)"

        static let all: [Kind] =
            [("l2", "<->"), ("cosine", "<=>"), ("ip", "<#>")].flatMap { metric, sign in
                [
                    Kind(
                        column: "vector(6)",
                        method: "ivfflat",
                        operatorClass: "vector_\(metric)_ops",
                        distance: sign,
                        value: dense
                    ),
                    Kind(
                        column: "vector(6)",
                        method: "hnsw",
                        operatorClass: "vector_\(metric)_ops",
                        distance: sign,
                        value: dense
                    ),
                    Kind(
                        column: "halfvec(6)",
                        method: "ivfflat",
                        operatorClass: "halfvec_\(metric)_ops",
                        distance: sign,
                        value: dense
                    ),
                    Kind(
                        column: "sparsevec(6)",
                        method: "hnsw",
                        operatorClass: "sparsevec_\(metric)_ops",
                        distance: sign,
                        value: sparse
                    ),
                    Kind(
                        column: "vector(6)",
                        method: "hnsw",
                        key: "(v::halfvec(6))",
                        operatorClass: "halfvec_\(metric)_ops",
                        distance: sign,
                        value: dense
                    ),
                ]
            } + [
                Kind(
                    column: "vector(6)",
                    method: "hnsw",
                    operatorClass: "vector_l1_ops",
                    distance: "<+>",
                    value: dense
                ),
                Kind(column: "bit(12)", method: "hnsw", operatorClass: "bit_hamming_ops", distance: "<~>", value: bits),
                Kind(column: "bit(12)", method: "hnsw", operatorClass: "bit_jaccard_ops", distance: "<%>", value: bits),
                Kind(
                    column: "bit(12)",
                    method: "ivfflat",
                    operatorClass: "bit_hamming_ops",
                    distance: "<~>",
                    value: bits
                ),
                Kind(
                    column: "vector(6)",
                    method: "hnsw",
                    key: "(binary_quantize(v)::bit(6))",
                    operatorClass: "bit_hamming_ops",
                    distance: "<~>",
                    value: dense
                ),
                Kind(
                    column: "vector(6)",
                    method: "ivfflat",
                    key: "(subvector(v, 1, 3)::vector(3))",
                    operatorClass: "vector_l2_ops",
                    distance: "<->",
                    value: dense
                ),
                Kind(
                    column: "vector(6)",
                    method: "ivfflat",
                    operatorClass: "vector_cosine_ops",
                    distance: "<=>",
                    value: dense,
                    predicate: "id % 3 > 0"
                ),
                Kind(
                    column: "vector(6)",
                    method: "hnsw",
                    key: "(v::halfvec(6))",
                    operatorClass: "halfvec_l2_ops",
                    distance: "<->",
                    value: dense,
                    predicate: "v IS NOT NULL AND id > 20"
                ),
            ]

        /// A poor index, which misses some rows.
        var index: String {
            "CREATE INDEX docs_index ON docs USING \(method) (\(key) \(operatorClass)) WITH "
                + (method == "hnsw" ? "(m = 2, ef_construction = 4)" : "(lists = 12)")
                + (predicate == "true" ? "" : " WHERE \(predicate)")
        }
    }

    private func recall(_ arguments: [String], on database: TestDatabase, as role: TestRole = .superuser) async throws
        -> ProgramRun
    {
        try await ProgramRun.of(
            ["recall"] + arguments + ["--database", database.connection(user: database.user(role))]
                + ProgramRun.patiently,
            in: TemporaryFolder(),
            environment: ["PGPASSWORD": database.server.password()]
        )
    }

    private func json(_ run: ProgramRun) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any], "\(run.text)")
    }

    /// A database with a table whose indexes the planner takes, however few rows it has.
    private func withDocs(
        on server: TestServer,
        _ kind: Kind = Kind.all[0],
        rows: Int = 250,
        index: String? = nil,
        _ body: (TestDatabase) async throws -> Void
    ) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer("ALTER DATABASE \(database.name) SET enable_seqscan = off")
            try await database.execute(
                """
                CREATE TABLE docs (id int, v \(kind.column));
                INSERT INTO docs SELECT n, \(kind.value) FROM generate_series(1, \(rows)) AS n;
                \(index ?? kind.index);
                """
            )
            // Duplicates, a NULL, and rows that move. In the transaction of the index they would keep other transactions
            // from using it.
            try await database.execute(
                """
                INSERT INTO docs SELECT id + 10000, v FROM docs WHERE id % 10 = 0;
                INSERT INTO docs VALUES (0, NULL);
                UPDATE docs SET id = -id WHERE id % 7 = 0;
                DELETE FROM docs WHERE id % 11 = 0 AND id <> 0;
                ANALYZE docs;
                """
            )
            try await body(database)
        }
    }

    /// The recall of all stored vectors, by brute force in the server: rows as near as the tenth count.
    private static func bruteForce(_ kind: Kind, k: Int = 10) -> String {
        """
        WITH query AS MATERIALIZED (SELECT ctid AS place, \(kind.key) AS q FROM docs WHERE v IS NOT NULL AND \(kind.predicate)),
        exact AS MATERIALIZED (
            SELECT query.place, array_agg(d ORDER BY d) AS nearest
            FROM query
            CROSS JOIN LATERAL (
                SELECT \(kind.key) \(kind.distance) query.q AS d 
                FROM docs WHERE v IS NOT NULL AND ctid <> query.place AND \(kind.predicate)
            ) AS all_rows
            WHERE d <> 'NaN'
            GROUP BY query.place
        ),
        found AS MATERIALIZED (
            SELECT query.place, row.place AS other, row.d
            FROM query
            CROSS JOIN LATERAL (
                SELECT ctid AS place, \(kind.key) \(kind.distance) query.q AS d
                FROM docs WHERE \(kind.predicate) ORDER BY \(kind.key) \(kind.distance) query.q LIMIT \(k + 1)
            ) AS row
        ),
        ranked AS (
            SELECT place, d, row_number() OVER (PARTITION BY place ORDER BY d) AS rank FROM found WHERE other <> place
        )
        SELECT avg(found)::float8 AS recall, count(*)::int AS queries
        FROM (
            SELECT
                exact.place,
                least(
                    count(*) FILTER (
                        WHERE ranked.rank <= \(k)
                            AND ranked.d <= nearest[least(\(k), cardinality(nearest))] + 1e-6
                    ),
                    cardinality(nearest)
                )::numeric / least(\(k), cardinality(nearest)) AS found
            FROM exact
            LEFT JOIN ranked USING (place)
            GROUP BY exact.place, nearest
        ) AS each
        """
    }

    @Test("is what brute force finds, for each type and distance", arguments: TestServer.all, Kind.all)
    func bruteForce(server: TestServer, kind: Kind) async throws {
        try await withDocs(on: server, kind) { database in
            let run = try await recall(
                ["docs", "--queries", "10000", "--format", "json", "--probes", "1"].filter {
                    kind.method == "ivfflat" || ($0 != "--probes" && $0 != "1")
                } + (kind.method == "hnsw" ? ["--ef-search", "11"] : []),
                on: database
            )
            #expect(run.status == 0, "\(run.text)")
            let report = try json(run)
            var connection = try await database.connect()
            try await connection.run(script: "SET ivfflat.probes = 1; SET hnsw.ef_search = 11")
            let row = try await connection.query(Statement(Self.bruteForce(kind))).one()
            #expect(report["queries"] as? Int == (try row["queries", as: Int.self]))
            let expected = try row["recall", as: Double.self]
            let measured = try #require(report["recall"] as? Double)
            #expect(abs(measured - expected) < 1e-9)
            #expect(expected < 1, "an index that finds all shows nothing")
            let interval = try #require(report["interval"] as? [Double])
            #expect(interval[0] <= measured && measured <= interval[1])
        }
    }

    @Test("leaves nothing and changes nothing", arguments: TestServer.all)
    func nothingIsLeft(server: TestServer) async throws {
        try await withDocs(on: server) { database in
            let state = """
                SELECT count(*) AS number FROM pg_class
                WHERE relname ~ 'vecsteward' OR relnamespace::regnamespace::text ~ 'vecsteward'
                """
            let before = try await database.number(state)
            let run = try await recall(["docs"], on: database)
            #expect(run.status == 0, "\(run.text)")
            #expect(run.output.contains("recall@10 "))
            #expect(run.output.contains("which flatter an index"))
            #expect(try await database.number(state) == before)
            try await database.waitForEndOfSessions()
        }
    }

    @Test("takes vectors from files, and the index that is named", arguments: TestServer.all)
    func files(server: TestServer) async throws {
        try await withDocs(on: server) { database in
            let folder = TemporaryFolder()
            let good = folder.make("q.jsonl", "[0.5,0,0,0,0,1]\n[1,1,1,1,1,1]\n")
            let report = try json(
                try await recall(
                    ["docs", "--queries", good, "--index", "docs_index", "--format", "json"],
                    on: database
                )
            )
            #expect(report["querySource"] as? String == "file")
            #expect(report["queries"] as? Int == 2)
            let wrong = folder.make("wrong.jsonl", "[0.5,0,0]\n")
            let run = try await recall(["docs", "--queries", wrong], on: database)
            #expect(run.status == 64)
            #expect(run.errors.contains("line 1 has 3 numbers, and the column has 6 dimensions"), "\(run.text)")
            let missing = try await recall(["docs", "--queries", folder.path + "/none.npy"], on: database)
            #expect(missing.status == 64)
            #expect(missing.errors.contains("No such file"))
        }
    }

    @Test("exits with 1 below the target, and says so")
    func target() async throws {
        try await withDocs(on: TestServer.all[0]) { database in
            let low = try await recall(["docs", "--probes", "1", "--target", "1"], on: database)
            #expect(low.status == 1)
            #expect(low.output.contains("the target of 1 is missed"))
            // All lists are searched.
            let high = try await recall(["docs", "--probes", "12", "--target", "0.99"], on: database)
            #expect(high.status == 0, "\(high.text)")
            #expect(high.output.contains("recall@10 1 "))
        }
    }

    /// What cannot be measured, and what is said of it.
    struct Refusal: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var sql: String
        var reason: String
        var index: String? = nil
        var arguments: [String] = []
        var status: Int32 = 1

        private static let folder = TemporaryFolder()
        private static let queries = folder.make("q.csv", "1,2,3,4,5,6\n")

        static let all = [
            Refusal(testDescription: "no index", sql: "DROP INDEX docs_index", reason: "the collection has no index"),
            Refusal(
                testDescription: "a twin that costs less",
                sql: "CREATE INDEX twin ON docs USING ivfflat (v vector_l2_ops) WITH (lists = 2)",
                reason: "the planner takes index \"docs_index\" instead of \"twin\"",
                arguments: ["--index", "twin"]
            ),
            Refusal(
                testDescription: "two indexes",
                sql: "CREATE INDEX twin ON docs USING ivfflat (v vector_l2_ops) WITH (lists = 12)",
                reason: "the collection has 2 indexes: docs_index, twin",
                status: 64
            ),
            Refusal(
                testDescription: "an unknown index",
                sql: "SELECT",
                reason: "there is no index \"nonsense\"",
                arguments: ["--index", "nonsense"],
                status: 64
            ),
            Refusal(
                testDescription: "an invalid index",
                sql: "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = 'docs_index'::regclass",
                reason: "is not valid",
                arguments: ["--index", "docs_index"]
            ),
            Refusal(
                testDescription: "a scan that the planner prefers",
                sql:
                    "ALTER DATABASE :database SET enable_seqscan = on; ALTER DATABASE :database SET enable_indexscan = off",
                reason: "the planner reads the whole table instead of index \"docs_index\""
            ),
            Refusal(
                testDescription: "a file for an index on an expression",
                sql: "SELECT",
                reason: "is on an expression, and a file has vectors of the column",
                index: "CREATE INDEX docs_index ON docs USING ivfflat ((subvector(v, 1, 3)::vector(3)) vector_l2_ops)",
                arguments: ["--queries", queries],
                status: 64
            ),
            Refusal(
                testDescription: "foreign code in another index",
                sql: """
                    CREATE FUNCTION planted(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$;
                    CREATE INDEX ON docs (id) WHERE planted(1) = 1;
                    CREATE OR REPLACE FUNCTION planted(int) RETURNS int LANGUAGE plpgsql IMMUTABLE
                    AS $$ BEGIN RAISE EXCEPTION 'planted code ran as %', current_user; END $$;
                    ALTER FUNCTION planted OWNER TO :application
                    """,
                reason: "planted(integer)' of role"
            ),
            Refusal(
                testDescription: "row security",
                sql: "ALTER TABLE docs ENABLE ROW LEVEL SECURITY; ALTER TABLE docs FORCE ROW LEVEL SECURITY",
                reason: "row-level security"
            ),
            Refusal(testDescription: "no rows", sql: "TRUNCATE docs", reason: "no vector to search for"),
        ]
    }

    @Test("says why nothing is measured, and what to do", arguments: Refusal.all)
    func refusals(refusal: Refusal) async throws {
        try await withDocs(on: TestServer.all[0], index: refusal.index) { database in
            let application = try database.user(.application)
            let sql = refusal.sql.replacingOccurrences(of: ":database", with: database.name)
                .replacingOccurrences(of: ":application", with: application)
            try await database.administer(sql)
            // A superuser passes over row security.
            let role: TestRole = refusal.testDescription == "row security" ? .application : .superuser
            let run = try await recall(["docs"] + refusal.arguments, on: database, as: role)
            #expect(run.status == refusal.status, "\(run.text)")
            #expect(run.errors.contains(refusal.reason), "\(run.text)")
            #expect(run.errors.contains("HINT: "))
            #expect(run.output == "")
            #expect(!run.text.contains("planted code ran"))
        }
    }

    @Test("does not wait for a lock, and is stopped by a budget", arguments: TestServer.all)
    func bounds(server: TestServer) async throws {
        try await withDocs(on: server, rows: 20_000) { database in
            let stopped = try await recall(["docs", "--budget", "1ms", "--probes", "1"], on: database)
            #expect(stopped.status == 1)
            #expect(stopped.errors.contains("it needs to read 20,"), "\(stopped.text)")
            #expect(stopped.errors.contains("and the budget is 0.001 s; nothing was started"))
            var holder = try await database.connect()
            try await holder.run(script: "BEGIN; LOCK TABLE docs IN SHARE UPDATE EXCLUSIVE MODE")
            let locked = try await recall(["docs"], on: database)
            #expect(locked.status == 1)
            #expect(locked.errors.contains("somebody holds a lock on the table"), "\(locked.text)")
        }
    }

    @Test(
        "says what is wrong with an option before it asks a server",
        arguments: [
            ["--k", "0"], ["--queries", "0"], ["--probes", "0"], ["--ef-search", "1001"],
            ["--probes", "1", "--ef-search", "1"], ["--target", "1.5"], ["--budget", "soon"], ["--budget", "0s"],
            ["--queries", "/nowhere/at all"],
        ]
    )
    func options(arguments: [String]) async throws {
        let run = try await ProgramRun.of(
            ["recall", "docs"] + arguments + ["--database", "postgresql://127.0.0.1:1/nowhere"],
            in: TemporaryFolder()
        )
        #expect(run.status == 64, "\(run.text)")
        #expect(run.errors.contains("HINT: "))
    }
}
