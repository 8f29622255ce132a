import DatabaseFixture
import Foundation
import Maintenance
import Postgres
import Testing

@testable import vecsteward

@Suite(
    "Query vectors that the server has kept",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root"),
    .timeLimit(.minutes(10))
)
struct KeptQueryTests {
    private let folder = TemporaryFolder()

    /// Searches of the real client, each of another shape, with a vector that stays in the text.
    private static func searches(_ shapes: ClosedRange<Int>) -> String {
        """
        docs = vx.get_or_create_collection(name="docs", dimension=8)
        rng = np.random.default_rng(\(shapes.lowerBound))
        for n in range(\(shapes.lowerBound), \(shapes.upperBound + 1)):
            docs.query(data=rng.random(8), limit=10, measure="l2_distance", include_value=True,
                filters={"$and": [{"n": {"$gte": 0}}] * (n + 1)})
        """
    }

    private static let collection = """
        docs = vx.get_or_create_collection(name="docs", dimension=8)
        rng = np.random.default_rng(1)
        docs.upsert([(str(i), rng.random(8), {"n": i}) for i in range(1500)])
        docs.create_index(method=vecs.IndexMethod.ivfflat, measure=vecs.IndexMeasure.l2_distance)
        """

    /// A database with a collection of vecs that was searched in some shapes.
    private func withSearches(
        _ shapes: ClosedRange<Int>,
        _ body: (TestDatabase) async throws -> Void
    ) async throws {
        try await withDatabase(on: .withStatements) { database in
            try await database.administer(
                "CREATE EXTENSION pg_stat_statements; ALTER DATABASE \(database.name) SET enable_seqscan = off"
            )
            _ = try await VecsClient.run(Self.collection, on: database)
            _ = try await VecsClient.run(Self.searches(shapes), on: database)
            try await database.administer("ANALYZE vecs.docs")
            try await body(database)
        }
    }

    /// The vectors in the texts of the server, as the client wrote them.
    private func kept(in database: TestDatabase) async throws -> [String] {
        try await database.query(
            """
            SELECT DISTINCT substring(query FROM '<-> ''(\\[[^'']*\\])''') AS vector FROM pg_stat_statements
            WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND query ~ '<-> ''\\['
            """
        ).map { try $0["vector", as: String.self] }
    }

    /// Whether a text has a number of one of the vectors, as far as any spelling of it goes.
    private func holds(_ vectors: [String], _ text: String) -> Bool {
        vectors.flatMap { $0.dropFirst().dropLast().split(separator: ",") }
            .contains { text.contains($0.drop { $0 == " " }.prefix(7)) }
    }

    @Test("are searched for from twenty on, and are in no output")
    func command() async throws {
        try await withSearches(1...19) { database in
            func recall(_ arguments: [String]) async throws -> ProgramRun {
                try await RecallBench.recall(["docs", "--probes", "1"] + arguments, on: database)
            }
            #expect(try await kept(in: database).count == 19, "the server keeps no vector that could be taken")
            let few = try RecallBench.json(try await recall(["--format", "json"]))
            #expect(few["querySource"] as? String == "stored")

            _ = try await VecsClient.run(Self.searches(20...30), on: database)
            let vectors = try await kept(in: database)
            #expect(vectors.count == 30)
            // Searches by another operator, of another table and of a join are none.
            try await database.execute(
                """
                CREATE TABLE other (id int, vec vector(8));
                PREPARE a AS SELECT vec <-> '[8,8,8,8,8,8,8,8]' FROM other ORDER BY vec <-> '[8,8,8,8,8,8,8,8]' LIMIT 1;
                SELECT vec <-> '[9,8,8,8,8,8,8,8]' FROM other ORDER BY vec <-> '[9,8,8,8,8,8,8,8]' LIMIT 1;
                SELECT vec <=> '[7,8,8,8,8,8,8,8]' FROM vecs.docs ORDER BY vec <=> '[7,8,8,8,8,8,8,8]' LIMIT 1;
                SELECT o.vec <-> '[6,8,8,8,8,8,8,8]' FROM other AS o, vecs.docs AS d
                ORDER BY o.vec <-> '[6,8,8,8,8,8,8,8]' LIMIT 1;
                """
            )
            let run = try await recall(["--format", "json"])
            let report = try RecallBench.json(run)
            #expect(report["querySource"] as? String == "server" && report["queries"] as? Int == 30, "\(run.text)")
            let file = folder.make("same.jsonl", vectors.joined(separator: "\n"))
            let same = try RecallBench.json(try await recall(["--format", "json", "--queries", file]))
            #expect(report["recall"] as? Double == same["recall"] as? Double)
            let text = try await recall([])
            let words = text.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(words.contains("The searches were for query vectors that the server has kept."), "\(words)")
            #expect(!holds(vectors, run.text + text.text))
            #expect(holds(vectors, vectors[0]), "the test must be able to find something")
            let stored = try RecallBench.json(try await recall(["--stored", "--format", "json"]))
            #expect(stored["querySource"] as? String == "stored")
        }
    }

    @Test("are measured in the background too, and leave no trace in the state and in the journal")
    func background() async throws {
        try await withSearches(1...30) { database in
            let vectors = try await kept(in: database)
            let connection = String(
                decoding: try JSONEncoder().encode(try await database.stewardConnection()),
                as: UTF8.self
            )
            let daemon = try Daemon(
                """
                {"databases": [{"name": "app", "connection": \(connection)}], "connectTimeout": "30s", "poll": {"every": "1s"}}
                """,
                password: database.server.password()
            )
            try await daemon.wait(for: "in searches for query vectors that the server has kept")
            try await daemon.waitForNextPoll(database)
            await daemon.end()
            let row = try await database.query(
                "SELECT figures[array_position(names, 'querySource')] AS source FROM vecsteward.evidence WHERE kind = 'recall'"
            ).one()
            #expect(try row["source", as: Double.self] == 3)
            #expect(!holds(vectors, daemon.text), "\(daemon.text)")
            var recorded = ""
            for table in StateSchema.tables {
                let sql = "SELECT coalesce(string_agg(t::text, chr(10)), '') AS rows FROM vecsteward.\(table) AS t"
                recorded += try await database.query(Statement(sql)).one()["rows", as: String.self]
            }
            #expect(recorded.contains("docs"))
            #expect(!holds(vectors, recorded))
            // Statements of the measurement have them as parameters, which stay in no text.
            let texts = try await database.query(
                "SELECT coalesce(string_agg(query, chr(10)), '') AS texts FROM pg_stat_statements WHERE query !~ '<-> '"
            ).one()["texts", as: String.self]
            #expect(!holds(vectors, texts))
        }
    }
}
