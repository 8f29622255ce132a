import DatabaseFixture
import Foundation
import Postgres
import Testing

@testable import vecsteward

@Suite("recall --what-if and --curve", .timeLimit(.minutes(10)))
struct RecallWhatIfTests {
    /// Vectors around 60 centres in 16 dimensions, with an index, and vectors of the same kind to search for.
    private struct Bench {
        let database: TestDatabase
        let queries: String
        private let folder: TemporaryFolder

        private static func vectors(_ count: Int) -> String {
            """
            SELECT number, (
                SELECT array_agg(c[i] + (random() - 0.5) * 0.9) FROM generate_series(1, 16) AS i WHERE number = number
            )::vector(16)
            FROM generate_series(1, \(count)) AS number
            JOIN centre ON centre.id = 1 + number % 60
            """
        }

        init(
            _ database: TestDatabase,
            index: String,
            type: String = "vector(16)",
            rows: Int = 6_000,
            queries number: Int = 150
        ) async throws {
            self.database = database
            // The planner takes the index, however few rows there are.
            try await database.administer("ALTER DATABASE \(database.name) SET enable_seqscan = off")
            try await database.execute(
                """
                SELECT setseed(0.25);
                CREATE TABLE centre AS
                SELECT id, (SELECT array_agg(random() - 0.5) FROM generate_series(1, 16) WHERE id = id) AS c
                FROM generate_series(1, 60) AS id;
                CREATE TABLE docs (id int, v \(type));
                INSERT INTO docs \(Self.vectors(rows));
                CREATE TABLE searched AS SELECT id, v FROM (\(Self.vectors(number))) AS drawn (id, v);
                """
            )
            try await database.execute("\(index); ANALYZE docs")
            var connection = try await database.connect()
            let rows = try await connection.query("SELECT v::text AS v FROM searched ORDER BY id")
            var lines: [String] = []
            for row in rows { lines.append(try row["v", as: String.self]) }
            folder = TemporaryFolder()
            queries = folder.make("queries.jsonl", lines.joined(separator: "\n"))
        }

        func run(_ arguments: [String]) async throws -> ProgramRun {
            try await ProgramRun.of(
                ["recall", "public.docs"] + arguments
                    + ["--database", database.connection(user: database.user(.superuser))] + ProgramRun.patiently,
                in: folder,
                environment: ["PGPASSWORD": database.server.password()]
            )
        }

        /// The report of a run that has all the time it needs, unless told otherwise.
        func json(_ arguments: [String], budget: String = "1h") async throws -> [String: Any] {
            let run = try await run(
                arguments + ["--queries", queries, "--format", "json", "--budget", budget]
            )
            return try #require(
                try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any],
                "\(run.text)"
            )
        }
    }

    private func cells(_ report: [String: Any]) throws -> [[String: Any]] {
        try #require(report["whatIf"] as? [[String: Any]])
    }

    private func recall(_ cells: [[String: Any]], lists: Int, probes: Int) throws -> Double {
        let cell = cells.first { $0["lists"] as? Int == lists && $0["probes"] as? Int == probes }
        return try #require(cell?["recall"] as? Double, "\(lists) lists, \(probes) probes")
    }

    @Test(
        "says what other lists would find, and builds find that",
        arguments: ["vector_l2_ops", "vector_cosine_ops", "vector_ip_ops"]
    )
    func builds(operatorClass: String) async throws {
        try await withDatabase(on: TestServer.all[0]) { database in
            let bench = try await Bench(
                database,
                index: "CREATE INDEX docs_index ON docs USING ivfflat (v \(operatorClass)) WITH (lists = 24)"
            )
            let report = try await bench.json(["--what-if", "--probes", "3"])
            let cells = try cells(report)
            let present = cells.filter { $0["isPresent"] as? Bool == true }
            #expect(present.count == 1)
            #expect(present.first?["lists"] as? Int == 24 && present.first?["probes"] as? Int == 3)
            var errors: [Double] = []
            // The squared differences of builds with the same lists from their mean.
            var squares: [Double] = []
            for lists in [24, 12, 48, 96] {
                var built: [Int: [Double]] = [:]
                for _ in 0..<3 {
                    try await database.execute(
                        """
                        DROP INDEX docs_index;
                        CREATE INDEX docs_index ON docs USING ivfflat (v \(operatorClass)) WITH (lists = \(lists));
                        """
                    )
                    for probes in [1, 3, 10] {
                        let recall = try await bench.json(["--probes", "\(probes)"])["recall"] as? Double
                        built[probes, default: []].append(try #require(recall))
                    }
                }
                for (probes, recalls) in built {
                    let mean = recalls.reduce(0, +) / 3
                    squares += recalls.map { ($0 - mean) * ($0 - mean) }
                    errors.append(abs(mean - (try self.recall(cells, lists: lists, probes: probes))))
                }
            }
            // Three builds stand against three trainings: their means differ by chance too.
            let scatter = (squares.reduce(0, +) / Double(2 * errors.count)).squareRoot()
            let chance = 3 * scatter * (2.0 / 3).squareRoot()
            #expect(scatter < 0.05, "\(squares)")
            #expect(errors.max() ?? 1 < 0.03 + chance, "\(errors), and by chance \(chance)")
            #expect(errors.reduce(0, +) / Double(errors.count) < 0.03, "\(errors)")
        }
    }

    /// Runs what a report advises, in sessions that have used pgvector.
    private func obey(_ statements: [String], in database: TestDatabase) async throws {
        for statement in statements {
            var connection = try await database.connect()
            _ = try await connection.query("SELECT '[1]'::vector")
            _ = try await connection.query(Statement(statement))
        }
    }

    @Test(
        "names the least work that reaches the target, with statements that run as they are",
        arguments: TestServer.all
    )
    func remedies(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let bench = try await Bench(
                database,
                index: "CREATE INDEX \"The index\" ON docs USING ivfflat (v vector_l2_ops) WITH (lists = 24)"
            )
            let before = try await bench.json(["--what-if", "--target", "0.9"])
            #expect(before["reachesTarget"] as? Bool == false)
            let remedies = try #require(before["remedies"] as? [[String: Any]])
            #expect(remedies.count == 2, "\(remedies)")
            #expect(remedies[0]["lists"] is NSNull)
            // First the probes alone, then other lists, which are less work.
            for remedy in remedies {
                let statements = try #require(remedy["statements"] as? [String])
                try await database.administer("ALTER DATABASE \(database.name) RESET ivfflat.probes")
                try await obey(statements, in: database)
                let after = try await bench.json(["--target", "0.88"])
                #expect(after["reachesTarget"] as? Bool == true, "\(statements): \(after)")
                let settings = try #require(after["settings"] as? [[String: Any]])
                let probes = settings.first { $0["name"] as? String == "ivfflat.probes" }
                #expect(probes?["value"] as? String == (remedy["value"] as? Int).map { "\($0)" })
            }
            let lists = try #require(remedies[1]["lists"] as? Int)
            #expect(
                try await database.number(
                    "SELECT count(*) AS number FROM pg_class WHERE relname = 'The index' AND reloptions = ARRAY['lists=\(lists)']"
                ) == 1
            )
            let text = try await bench.run(["--what-if", "--target", "0.9", "--queries", "20", "--budget", "1h"])
            #expect(text.output.contains("as now, measured "), "\(text.text)")
            #expect(text.output.contains("The present index reaches the target of .900"), "\(text.text)")
        }
    }

    @Test("says how to set what it was told to measure, which is not what the searches have")
    func option() async throws {
        try await withDatabase(on: TestServer.all[0]) { database in
            let bench = try await Bench(
                database,
                index: "CREATE INDEX docs_index ON docs USING ivfflat (v vector_l2_ops) WITH (lists = 24)"
            )
            let before = try await bench.json(["--what-if", "--target", "0.9"])
            let value = try #require((before["remedies"] as? [[String: Any]])?.first?["value"] as? Int)
            let arguments = ["--what-if", "--target", "0.9", "--probes", "\(value)"]
            let report = try await bench.json(arguments)
            let remedy = try #require((report["remedies"] as? [[String: Any]])?.first, "\(report)")
            #expect(remedy["lists"] is NSNull)
            #expect((remedy["statements"] as? [String])?.isEmpty == false, "\(remedy)")
            let text = try await bench.run(arguments + ["--queries", bench.queries, "--budget", "1h"])
            #expect(!text.output.contains("as now"), "\(text.text)")
        }
    }

    @Test("measures a curve whose points are what single measurements find", arguments: TestServer.all)
    func curve(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let bench = try await Bench(
                database,
                index: "CREATE INDEX docs_index ON docs USING ivfflat (v vector_l2_ops) WITH (lists = 20)",
                // Few enough for a third of a minute also where other programs run.
                queries: 20
            )
            let report = try await bench.json(["--curve", "--probes", "4"])
            let curve = try #require(report["curve"] as? [[String: Any]])
            try #require(curve.compactMap { $0["value"] as? Int } == [1, 2, 3, 4, 5, 10, 20])
            let recalls = curve.compactMap { $0["recall"] as? Double }
            #expect(recalls == recalls.sorted())
            #expect(recalls.last == 1)
            #expect(recalls[3] == report["recall"] as? Double)
            #expect(try await bench.json(["--probes", "10"])["recall"] as? Double == recalls[5])
            #expect(report["curveEnd"] is NSNull)
            #expect(report["whatIf"] == nil)
            let run = try await bench.run(["--curve", "--probes", "4", "--queries", "20", "--budget", "1h"])
            #expect(run.status == 0)
            #expect(run.output.contains("Recall and time of a search by ivfflat.probes"), "\(run.text)")
            #expect(run.output.contains("as now"))
            #expect(run.output.split(separator: "\n").contains { $0.contains("|") && $0.contains("*") }, "\(run.text)")
        }
    }

    @Test("a curve takes a third of the budget at most, and says where it ends")
    func budget() async throws {
        try await withDatabase(on: TestServer.all[0]) { database in
            let bench = try await Bench(
                database,
                index: "CREATE INDEX docs_index ON docs USING ivfflat (v vector_l2_ops) WITH (lists = 20)",
                rows: 600
            )
            // A third of the least budget that the searches themselves fit is too little for seven times as many.
            var report: [String: Any]?
            for milliseconds in [50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800] where report == nil {
                report = try? await bench.json(["--curve"], budget: "\(milliseconds)ms")
            }
            let curve = try #require(report)
            let points = try #require(curve["curve"] as? [[String: Any]])
            #expect(points.count < 7, "\(curve)")
            #expect((curve["curveEnd"] as? String)?.contains("did not fit a third of the budget") == true, "\(curve)")
        }
    }

    @Test(
        "finds the ef_search of a graph that reaches the target, and tries other graphs on a sample",
        arguments: TestServer.all
    )
    func graphs(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let bench = try await Bench(
                database,
                index: "CREATE INDEX docs_index ON docs USING hnsw (v vector_l2_ops) WITH (m = 3, ef_construction = 8)",
                rows: 4_000,
                // Few enough for a third of a minute also where other programs run.
                queries: 40
            )
            let report = try await bench.json(["--what-if", "--target", "0.9", "--ef-search", "10"])
            #expect(try cells(report).isEmpty)
            let graphs = try #require(report["graphs"] as? [String: Any], "\(report)")
            // The sample is the whole table here, so the same graph finds about the same: builds of so poor a graph differ.
            #expect(graphs["sampledRows"] as? Int == 4_000)
            #expect(abs(graphs["offset"] as? Double ?? 1) < 0.2, "\(graphs)")
            let trials = try #require(graphs["trials"] as? [[String: Any]])
            #expect(
                trials.compactMap { $0["m"] as? Int } == [3, 3, 6, 3, 6]
                    && trials.compactMap { $0["efConstruction"] as? Int } == [8, 16, 16, 32, 32]
            )
            let recalls = trials.compactMap { $0["recall"] as? Double }
            #expect(recalls[4] > recalls[0] + 0.1, "\(trials)")
            let measured = try #require(report["recall"] as? Double)
            #expect(abs((trials[0]["expectedRecall"] as? Double ?? 0) - measured) < 1e-9)
            #expect((report["notes"] as? [String])?.isEmpty == true)
            let remedy = try #require((report["remedies"] as? [[String: Any]])?.first, "\(report)")
            #expect(remedy["setting"] as? String == "hnsw.ef_search")
            #expect(remedy["isMeasured"] as? Bool == true)
            try await obey(try #require(remedy["statements"] as? [String]), in: database)
            let after = try await bench.json(["--target", "0.9"])
            #expect(after["reachesTarget"] as? Bool == true)
            #expect(after["recall"] as? Double == remedy["recall"] as? Double)
            let forms = try #require(report["forms"] as? [[String: Any]])
            #expect(
                forms.compactMap { $0["form"] as? String } == [
                    "halfvec", "binary_quantize", "binary_quantize", "subvector", "subvector",
                ]
            )
            #expect(try #require(forms.first?["recall"] as? Double) > 0.98)
        }
    }

    @Test("leaves nothing of the graphs on a sample when it is killed", arguments: TestServer.all)
    func killedGraphs(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            _ = try await Bench(
                database,
                index:
                    "CREATE INDEX docs_index ON docs USING hnsw (v vector_l2_ops) WITH (m = 20, ef_construction = 300)",
                rows: 10_000
            )
            let run = try Daemon(
                "{\"databases\": [{\"connection\": \"\(try database.connection())\"}]}",
                password: database.server.password(),
                command: ["recall", "docs", "--what-if", "--budget", "5min"]
            )
            try await database.wait(
                until: """
                    SELECT count(*) AS number FROM pg_stat_activity
                    WHERE datname = current_database() AND query LIKE 'CREATE INDEX vecsteward_trial%' AND state = 'active'
                    """
            )
            await run.end(SIGKILL)
            try await database.waitForEndOfSessions()
            #expect(
                try await database.number(
                    "SELECT count(*) AS number FROM pg_class WHERE relname ~ 'vecsteward' OR relpersistence = 't'"
                ) == 0
            )
        }
    }

    @Test("says in words of which types nothing can be said")
    func types() async throws {
        try await withDatabase(on: TestServer.all[0]) { database in
            let bench = try await Bench(
                database,
                index:
                    "CREATE INDEX docs_index ON docs USING ivfflat ((binary_quantize(v)::bit(16)) bit_hamming_ops) WITH (lists = 5)",
                rows: 500
            )
            let run = try await bench.run(["--what-if", "--queries", "5"])
            #expect(run.output.contains("can be said of the types vector and halfvec"), "\(run.text)")
            #expect(run.output.contains("this index has bit with hamming_distance"), "\(run.text)")
        }
    }
}
