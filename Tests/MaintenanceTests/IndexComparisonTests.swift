import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

@Suite("A new index compared with what was asked for", .timeLimit(.minutes(15)))
struct IndexComparisonTests {
    private static let table = """
        CREATE TABLE docs (id bigint, n int, m int, status varchar(10), vec vector(8), other vector(8));
        INSERT INTO docs
        SELECT g, g % 10, g % 10, 'a', v, v
        FROM generate_series(1, 4800) AS g
        CROSS JOIN LATERAL (SELECT array_agg(random()) FROM generate_series(1, 8) WHERE g = g) AS r (a)
        CROSS JOIN LATERAL (SELECT a::vector(8)) AS t (v);
        CREATE SCHEMA evil;
        CREATE FUNCTION evil.more(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT FALSE';
        CREATE OPERATOR evil.> (LEFTARG = int, RIGHTARG = int, FUNCTION = evil.more);
        CREATE FUNCTION evil.abs(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 0';
        CREATE FUNCTION evil.halfvec(vector) RETURNS halfvec LANGUAGE sql IMMUTABLE
        AS 'SELECT ''[0,0,0,0,0,0,0,0]''::public.halfvec(8)';
        """

    /// An index, one that was built in its place, and what is said of that.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var old: String
        var new: String
        var words: String
    }

    static let wrong = [
        Case(
            testDescription: "an operator of another schema",
            old: "(vec vector_l2_ops) WITH (m = 8) WHERE n > 5",
            new: "(vec vector_l2_ops) WITH (m = 8) WHERE n OPERATOR(evil.>) 5",
            words: "instead of"
        ),
        Case(
            testDescription: "a function of another schema",
            old: "(vec vector_l2_ops) WHERE abs(n) > 5",
            new: "(vec vector_l2_ops) WHERE evil.abs(n) > 5",
            words: "evil.abs(integer)"
        ),
        Case(
            testDescription: "a cast through another function",
            old: "((vec::halfvec(8)) halfvec_l2_ops)",
            new: "((evil.halfvec(vec)::halfvec(8)) halfvec_l2_ops)",
            words: "its key is ((evil.halfvec(vec))"
        ),
        Case(
            testDescription: "another constant",
            old: "(vec vector_l2_ops) WHERE n > 5",
            new: "(vec vector_l2_ops) WHERE n > 6",
            words: "its predicate is (n > 6) and not (n > 5)"
        ),
        Case(
            testDescription: "operands the other way round",
            old: "(vec vector_l2_ops) WHERE n > m",
            new: "(vec vector_l2_ops) WHERE m > n",
            words: "its predicate is (m > n) and not (n > m)"
        ),
        Case(
            testDescription: "another part of the vector",
            old: "((subvector(vec, 1, 4)::vector(4)) vector_l2_ops)",
            new: "((subvector(vec, 2, 4)::vector(4)) vector_l2_ops)",
            words: "its key is"
        ),
        Case(
            testDescription: "fewer dimensions",
            old: "((subvector(vec, 1, 4)::vector(4)) vector_l2_ops)",
            new: "((subvector(vec, 1, 3)::vector(3)) vector_l2_ops)",
            words: "its key is"
        ),
    ]

    /// What is seen to be another one without a comparison.
    private static let evident = [
        Case(
            testDescription: "no predicate",
            old: "(vec vector_l2_ops) WHERE n > 5",
            new: "(vec vector_l2_ops)",
            words: ""
        ),
        Case(
            testDescription: "a predicate",
            old: "(vec vector_l2_ops)",
            new: "(vec vector_l2_ops) WHERE n > 5",
            words: ""
        ),
        Case(
            testDescription: "another column",
            old: "(vec vector_l2_ops)",
            new: "(other vector_l2_ops)",
            words: ""
        ),
    ]

    @Test("what has another column or condition is dropped, and built as asked for", arguments: TestServer.all, evident)
    func evidentIndex(server: TestServer, test: Case) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.table + "CREATE INDEX named ON docs USING hnsw \(test.old);")
            let definition = Statement("SELECT pg_get_indexdef('named'::regclass) AS text")
            let before = try await database.query(definition).one()["text", as: String.self]
            let record = try await Self.record(on: database)
            // As though the job had built it.
            try await database.execute(
                "CREATE INDEX \(record.job.targets[0].buildingName) ON docs USING hnsw \(test.new)"
            )
            let outcome = try await carryOut(Journal(record), on: database)
            guard case .done = outcome else {
                Issue.record("it is not done: \(outcome)")
                return
            }
            #expect(try await database.query(definition).one()["text", as: String.self] == before)
            #expect(try await Self.indexes(database).count == 1)
        }
    }

    @Test("what is another one is dropped, loudly, and the old one stays", arguments: TestServer.all, wrong)
    func wrongIndex(server: TestServer, test: Case) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.table + "CREATE INDEX named ON docs USING hnsw \(test.old);")
            let record = try await Self.record(on: database)
            let building = record.job.targets[0].buildingName
            // As though the job had built it.
            try await database.execute("CREATE INDEX \(building) ON docs USING hnsw \(test.new)")
            guard case .failed(let error) = try await carryOut(Journal(record), on: database) else {
                Issue.record("it did not fail")
                return
            }
            #expect(error.message.contains("the new index is not what was asked for: "), "\(error.message)")
            #expect(error.message.contains(test.words), "\(error.message)")
            #expect(error.hint?.contains("vecsteward jobs retry") == true)
            #expect(RetryPolicy.pause(after: error, attempts: 1) == nil, "another try would build it for nothing")
            #expect(try await Self.indexes(database) == ["named \(record.oldIndex?.oid ?? 0)"])
        }
    }

    @Test(
        "under the name of the new one stands another when the old one is to go: both stay",
        arguments: TestServer.all
    )
    func swapped(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.table + "CREATE INDEX named ON docs USING hnsw (vec vector_l2_ops);")
            let record = try await Self.record(on: database)
            guard let rebuild = record.job.spec as? RebuildIndex, let retired = rebuild.retiredName else {
                Issue.record("the index keeps its name")
                return
            }
            try await database.execute(
                "ALTER INDEX named RENAME TO \(retired); CREATE INDEX named ON docs USING hnsw (vec vector_l2_ops) WHERE n > 5"
            )
            guard case .failed(let error) = try await carryOut(Journal(record), on: database) else {
                Issue.record("it did not fail")
                return
            }
            #expect(error.message.contains("the old one is kept as \(retired)"), "\(error.message)")
            #expect(try await Self.indexes(database).count == 2)
        }
    }

    /// The server writes these otherwise after it has parsed what it wrote.
    private static let rewritten = [
        "n BETWEEN 1 AND 5 AND status = 'a'", "status IN ('a', 'b')",
        "NOT (n BETWEEN 1 AND 5) OR status NOT IN ('x', 'y')",
        "status = ANY ('{a,b}') AND (n > 1 AND m > 1) AND id IN (1, 2)",
        "n > -5 AND lower(status) LIKE 'a%' AND status IS NOT NULL",
        "CASE WHEN n > 1 THEN status = 'a' ELSE m IS DISTINCT FROM 5 END",
        "coalesce(n, 0)::numeric > 0.5 AND (status || 'x') <> ''",
    ]

    @Test(
        "a predicate that the server writes otherwise the second time is the same",
        arguments: TestServer.all,
        rewritten
    )
    func samePredicate(server: TestServer, predicate: String) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                Self.table
                    + "CREATE INDEX named ON docs USING hnsw (vec vector_l2_ops) WITH (m = 4, ef_construction = 8) "
                    + "WHERE \(predicate)"
            )
            let record = try await Self.record(on: database)
            let outcome = try await carryOut(Journal(record), on: database)
            guard case .done = outcome else {
                Issue.record("it is not done: \(outcome)")
                return
            }
            let left = try await Self.indexes(database)
            #expect(left.count == 1 && left != ["named \(record.oldIndex?.oid ?? 0)"])
        }
    }

    @Test("what is said of the old one meanwhile is said of the new one", arguments: TestServer.all)
    func changedMeanwhile(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                Self.table
                    + "CREATE INDEX named ON docs USING hnsw (vec vector_l2_ops); COMMENT ON INDEX named IS 'then'"
            )
            let record = try await Self.record(on: database)
            try await database.execute(
                "COMMENT ON INDEX named IS 'now'; ALTER INDEX named DEPENDS ON EXTENSION plpgsql"
            )
            guard case .done = try await carryOut(Journal(record), on: database) else {
                Issue.record("it is not done")
                return
            }
            let dump = try await database.schemaDump()
            #expect(dump.contains("COMMENT ON INDEX public.named IS 'now';"))
            #expect(dump.contains("ALTER INDEX public.named DEPENDS ON EXTENSION plpgsql;"))
        }
    }

    /// The job of a person who wants the index to be rebuilt.
    private static func record(on database: TestDatabase) async throws -> JobRecord {
        let assessor = Assessor(try database.connections(try await database.target(nil)))
        let snapshot = try await assessor.observe()
        let collection = try #require(snapshot.collections.first { !$0.relations[0].indexes.isEmpty })
        let job = try #require(
            try await assessor.jobs(for: .rebuild(index: "named"), on: collection.name, in: snapshot).get().first
        )
        let old = collection.relations[0].indexes[0]
        return JobRecord(id: 1, job: job, oldIndex: old.identity)
    }

    /// The vector indexes of the table, each with its identifier.
    private static func indexes(_ database: TestDatabase) async throws -> [String] {
        try await database.query(
            """
            SELECT concat(class.relname, ' ', class.oid) AS index FROM pg_index AS index
            JOIN pg_class AS class ON class.oid = index.indexrelid WHERE class.relam >= 16384
            """
        ).map { row throws(PostgresError) in try row["index", as: String.self] }
    }
}
