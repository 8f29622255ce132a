import DatabaseFixture
import Postgres
import Testing

@Suite("An invalid index", .timeLimit(.minutes(10)))
struct InvalidIndexTests {
    /// How indexes of a table `t` are made, and the part of their definition that has to stay.
    private static let shapes: [(sql: String, kept: String)] = [
        ("CREATE INDEX wanted ON t USING hnsw (vec vector_l2_ops) WITH (m = 24)", "vector_l2_ops) WITH (m='24'"),
        (
            "CREATE INDEX wanted ON t USING hnsw ((vec::halfvec(8)) halfvec_ip_ops) WHERE vec IS NOT NULL",
            "((vec)::halfvec(8)) halfvec_ip_ops"
        ),
        (
            "CREATE INDEX ix_vector_ip_ops_hnsw_m16_efc64_0a1b2c3 ON t USING hnsw (vec vector_ip_ops)",
            "(vec vector_ip_ops)"
        ),
    ]

    @Test("is built anew as it was by rebuild --index, whether or not writes maintain it", arguments: TestServer.all)
    func rebuild(server: TestServer) async throws {
        for (position, shape) in Self.shapes.enumerated() {
            try await withDatabase(on: server) { database in
                try await database.fill("t", rows: 1_200)
                try await database.execute(shape.sql)
                let name = String(shape.sql.split(separator: " ")[2])
                try await Self.invalidate(name, isReady: position % 2 == 0, on: database)
                let advice = try await ProgramRun.dryRun(on: database)
                // A paragraph is broken where the line ends.
                let words = advice.output.split { $0.isWhitespace }.joined(separator: " ")
                #expect(words.contains("rebuild with --index"), "\(advice.output)")
                #expect(!advice.output.contains("cosine"), "\(advice.output)")
                let run = try await database.run(["rebuild", "t", "--index", name])
                #expect(run.status == 0, "\(run.text)")
                let indexes = try await Self.definitions(of: "t", on: database)
                #expect(indexes.count == 1)
                let (definition, isUsable) = try #require(indexes.first)
                #expect(isUsable && definition.contains(shape.kept), "\(definition)")
                #expect(definition.contains("WHERE (vec IS NOT NULL)") == shape.sql.contains("WHERE"))
            }
        }
    }

    @Test("of one partition is built anew in its place, and stays attached", arguments: TestServer.all)
    func partition(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE parts (id int, vec vector(3)) PARTITION BY RANGE (id);
                CREATE TABLE one PARTITION OF parts FOR VALUES FROM (0) TO (2000);
                CREATE TABLE two PARTITION OF parts FOR VALUES FROM (2000) TO (4000);
                INSERT INTO parts SELECT g, ARRAY[g, 1, 2]::vector FROM generate_series(1, 3999) AS g;
                CREATE INDEX whole ON parts USING hnsw (vec vector_l2_ops) WITH (m = 24);
                """
            )
            try await Self.invalidate("two_vec_idx", isReady: true, on: database)
            let run = try await database.run(["rebuild", "parts", "--index", "two_vec_idx"])
            #expect(run.status == 0, "\(run.text)")
            for table in ["one", "two"] {
                let indexes = try await Self.definitions(of: table, on: database)
                #expect(indexes.count == 1 && indexes.allSatisfy { $0.1 && $0.0.contains("m='24'") }, "\(indexes)")
            }
            let attached = try await database.query(
                "SELECT count(*) AS number FROM pg_inherits WHERE inhparent = 'whole'::regclass"
            )
            #expect(try attached.one()["number", as: Int64.self] == 2)
        }
    }

    @Test("is what create-index goes by where nothing is said", arguments: TestServer.all)
    func createIndex(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.fill("t", rows: 1_200)
            try await database.execute(Self.shapes[0].sql)
            try await Self.invalidate("wanted", isReady: true, on: database)
            let run = try await database.run(["create-index", "t"])
            #expect(run.status == 0, "\(run.text)")
            #expect(!run.errors.contains("is a guess"), "\(run.errors)")
            let indexes = try await Self.definitions(of: "t", on: database)
            #expect(indexes.count { $0.1 } == 1 && indexes.contains { $0.1 && $0.0.contains("vector_l2_ops") })
        }
    }

    @Test("says of a measure that nothing tells that it is a guess, and what settles it", arguments: TestServer.all)
    func guess(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.fill("t", rows: 1_200)
            let run = try await database.run(["create-index", "t"])
            #expect(run.status == 0 && run.errors.contains("is a guess"), "\(run.errors)")
            #expect(run.errors.contains("<->") && run.errors.contains("HINT: Use --measure"), "\(run.errors)")
            let again = try await database.run(["create-index", "t", "--measure", "l2_distance"])
            #expect(again.status == 0 && !again.errors.contains("guess"), "\(again.errors)")
        }
    }

    @Test("is not made to refuse writes without consent", arguments: TestServer.all)
    func refusal(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE sparse (vec sparsevec(5000));
                INSERT INTO sparse SELECT '{1:1}/5000' FROM generate_series(1, 1200);
                CREATE DOMAIN three AS vector(3);
                CREATE TABLE domains (vec three);
                INSERT INTO domains SELECT '[1,2,3]' FROM generate_series(1, 1200);
                """
            )
            let refused = try await database.run(["create-index", "sparse"])
            #expect(refused.status != 0 && refused.errors.contains("1,000 non-zero elements"), "\(refused.errors)")
            #expect(refused.errors.contains("--accept-refusals"), "\(refused.errors)")
            let accepted = try await database.run(["create-index", "sparse", "--accept-refusals"])
            #expect(accepted.status == 0, "\(accepted.text)")
            let domain = try await database.run(["create-index", "domains"])
            #expect(domain.status != 0 && domain.errors.contains("has a domain type"), "\(domain.errors)")
            #expect(domain.errors.contains("--dry-run prints the statements"), "\(domain.errors)")
        }
    }

    private static func invalidate(_ name: String, isReady: Bool, on database: TestDatabase) async throws {
        try await database.administer(
            "UPDATE pg_index SET indisvalid = false, indisready = \(isReady) WHERE indexrelid = '\(name)'::regclass"
        )
    }

    private static func definitions(of table: String, on database: TestDatabase) async throws -> [(String, Bool)] {
        let sql = """
            SELECT pg_get_indexdef(indexrelid) AS sql, indisvalid AND indisready AS usable
            FROM pg_index WHERE indrelid = '\(table)'::regclass
            """
        let rows = try await database.query(Statement(sql))
        return try rows.map { (try $0["sql", as: String.self], try $0["usable", as: Bool.self]) }
    }
}
