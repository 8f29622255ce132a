import DatabaseFixture
import Foundation
import Postgres
import Synchronization
import Testing

@Suite("create-index and rebuild", .timeLimit(.minutes(15)))
struct CreateIndexCommandTests {
    @Test("builds what vecs would build, and its client finds it without a warning", arguments: TestServer.all)
    func vecs(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            _ = try await VecsClient.run(
                """
                docs = vx.get_or_create_collection(name="docs", dimension=8)
                docs.upsert([(str(i), np.random.rand(8), {}) for i in range(1500)])
                """,
                on: database
            )
            let run = try await database.run(["create-index", "docs"])
            #expect(run.status == 0, "\(run.errors)")
            let indexes = try await database.usableIndexes(of: "vecs.docs")
            #expect(indexes.count == 1)
            #expect(run.output.hasPrefix("done in "))
            #expect(run.output.contains("index \(indexes[0]) (HNSW m=16 ef_construction=64), "), "\(run.output)")
            #expect(run.errors.contains("job 1 queued: vecs.docs: create an index (hnsw)"))
            let answer = try await VecsClient.run(
                """
                import warnings
                warnings.simplefilter("error")
                docs = vx.get_or_create_collection(name="docs", dimension=8)
                print(docs.index, len(docs.query(np.random.rand(8), limit=10)))
                """,
                on: database
            )
            #expect(answer == "\(indexes[0]) 10\n")
        }
    }

    @Test("replaces across methods, and there is a usable index at each moment", arguments: TestServer.all)
    func replace(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await DaemonTests.fill(database, grownTo: 3_000)
            try await database.execute(
                "CREATE INDEX by_l2 ON docs USING hnsw (vec vector_l2_ops); CREATE INDEX other ON docs (id)"
            )
            let commands = [
                (["--method", "hnsw", "--m", "8", "--ef-construction", "32"], "(HNSW m=8 ef_construction=32)"),
                (["--method", "ivfflat", "--lists", "60"], "(IVFFlat lists=60)"), (["--method", "hnsw"], "(HNSW m=16"),
            ]
            let isOver = Mutex(false)
            let watch = Task {
                var fewest = Int64.max
                let sql = """
                    SELECT count(*) AS number FROM pg_index AS index JOIN pg_opclass AS class ON class.oid = indclass[0]
                    WHERE indrelid = 'docs'::regclass AND opcname = 'vector_cosine_ops' AND indisvalid AND indisready
                    """
                var connection = try await database.connect()
                while !isOver.withLock({ $0 }) {
                    fewest = min(fewest, try await connection.query(Statement(sql)).one()["number", as: Int64.self])
                }
                return fewest
            }
            for (arguments, words) in commands {
                let run = try await database.run(["create-index", "docs"] + arguments)
                #expect(run.status == 0, "\(run.errors)")
                #expect(run.output.contains(words), "\(run.output)")
                #expect(run.output.contains("ivfflat.probes = 8 or more") == words.contains("IVFFlat"))
            }
            // Twice the lists want more probes than the 10 with which vecs searched until now.
            let doubled = try await database.run(["create-index", "docs", "--method", "ivfflat", "--lists", "30"])
            #expect(doubled.status == 0, "\(doubled.errors)")
            let more = try await database.run(["create-index", "docs", "--method", "ivfflat", "--lists", "60"])
            #expect(more.output.contains("ivfflat.probes = 15 or more"), "\(more.text)")
            isOver.withLock { $0 = true }
            #expect(try await watch.value == 1)
            let indexes = try await database.usableIndexes(of: "docs")
            #expect(indexes.count == 2 && indexes.contains("by_l2"), "\(indexes)")
            let rebuilt = try await database.run(["rebuild", "public.docs", "--index", "by_l2"])
            #expect(rebuilt.status == 0, "\(rebuilt.errors)")
            #expect(rebuilt.output.contains("index by_l2 (HNSW m=16 ef_construction=64)"))
        }
    }

    @Test("what vecs refuses is refused, with what would do, and nothing is queued", arguments: TestServer.all)
    func refusals(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.fill("docs", rows: 1_499)
            try await database.fill("\"Items\"", rows: 10)
            try await database.execute(
                """
                CREATE INDEX there ON "Items" USING hnsw (vec vector_cosine_ops);
                CREATE TABLE bare (id int);
                CREATE TABLE wide (vec vector(2001)); CREATE TABLE loose (vec vector); CREATE TABLE bits (vec bit(64));
                CREATE SCHEMA one; CREATE TABLE one.same (vec vector(3));
                CREATE SCHEMA two; CREATE TABLE two.same (vec vector(3));
                """
            )
            let cases: [(String, String, String)] = [
                ("create-index docs --m 8", "method auto", "hnsw"),
                ("create-index docs --method auto --lists 8", "method auto", "ivfflat"),
                ("create-index docs --method ivfflat --ef-construction 64", "no ef_construction", "lists"),
                ("create-index docs --method hnsw --lists 30", "no lists", "m and ef_construction"),
                ("create-index docs --method hnsw --m 17 --ef-construction 33", "twice m", "34 or more"),
                ("create-index docs --method hnsw --m 33", "twice m", "66 or more"),
                ("create-index docs --method ivfflat", "training 30 lists needs 1,500 rows", "50 for each"),
                ("create-index docs --method ivfflat --lists 30", "there are 1,499", "50 for each"),
                ("create-index docs --method ivfflat --lists 0", "1 to 32768", "default"),
                ("create-index docs --measure l1_distance --method ivfflat", "no index for l1_distance", "hnsw"),
                ("create-index docs --measure jaccard_distance", "jaccard_distance on a column of type vector", "l2"),
                ("create-index docs --measure cosine", "is invalid for '--measure", "--help"),
                ("create-index docs --method ivf", "is invalid for '--method", "--help"),
                ("create-index docs --lists many", "is invalid for '--lists", "--help"),
                ("create-index", "missing expected argument '<collection>'", "--help"),
                ("create-index bits --measure cosine_distance", "on a column of type bit", "hamming_distance"),
                ("create-index wide", "2,001 dimensions", "halfvec"),
                ("create-index loose", "without dimensions", "ALTER TABLE"),
                ("create-index Items --no-replace", "an index exists for cosine_distance: there", "--no-replace"),
                ("create-index dcos", "collection dcos does not exist", "mean docs?"),
                ("create-index bare", "collection bare does not exist", "--dry-run to list the collections"),
                ("create-index same", "one.same.vec, two.same.vec", "schema.table.column"),
                ("rebuild docs", "no index to rebuild", "create-index"),
                ("rebuild Items --index they", "no index they", "there"),
                ("create-index docs --format json", "create-index makes no report", "Remove"),
                ("--dry-run create-index docs", "create-index makes no report", "Remove"),
            ]
            for (line, message, hint) in cases {
                let run = try await database.run(line.split(separator: " ").map(String.init))
                #expect(run.status == 64, "\(line): \(run.errors)")
                #expect(run.output == "")
                let lines = run.errors.split(separator: "\n")
                #expect(lines.count == 2 && lines[0].hasPrefix("vecsteward: "), "\(line): \(run.errors)")
                #expect(lines.first?.contains(message) == true, "\(line): \(run.errors)")
                #expect(lines.last?.hasPrefix("HINT: ") == true && lines.last?.contains(hint) == true, "\(run.errors)")
            }
            #expect(try await database.number(TestDatabase.stateTables) == 0)
        }
    }

    @Test("a role that may not is told what fixes it, and a budget that is too small the one that would do")
    func privileges() async throws {
        try await withDatabase(on: TestServer.all[0]) { database in
            try await database.fill("docs", rows: 3_000)
            let role = Identifier("visitor_\(database.name)")
            try await database.administer(
                "CREATE ROLE \(role) LOGIN PASSWORD 'little'; GRANT SELECT ON docs TO \(role)"
            )
            let run = try await database.run(["create-index", "docs"], user: role.name, password: "little")
            #expect(run.status == 77)
            #expect(run.errors.contains("only an owner may build an index"))
            #expect(run.errors.contains("HINT: `vecsteward grants --role NAME --for maintain`"))
            try await database.administer("DROP OWNED BY \(role); DROP ROLE \(role)")

            let folder = TemporaryFolder()
            let connection = try await database.stewardConnection()
            for (settings, status, words) in [
                ("\"maintenance\": {\"memory\": \"1MB\"}", 78, "Set maintenance.memory = \"2MB\""),
                ("\"mode\": \"observe\"", 78, "is in observe mode"),
            ] as [(String, Int32, String)] {
                let path = folder.make(
                    "config.json",
                    "{\"databases\": [{\"name\": \"it\", \"connection\": \"\(connection)\"}], \(settings)}"
                )
                let arguments = ["create-index", "docs", "--method", "ivfflat", "--lists", "60", "--config", path]
                let run = try await ProgramRun.of(
                    arguments,
                    in: folder,
                    environment: ["PGPASSWORD": database.server.password()]
                )
                #expect(run.status == status, "\(run.errors)")
                #expect(run.errors.contains(words), "\(run.errors)")
            }
        }
    }

    @Test("names with quotes, dots, capitals and line breaks are found, and break no line", arguments: TestServer.all)
    func names(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            for (table, argument) in [
                ("Said \"so\".", "\"Said \"\"so\"\".\""), ("two\nlines\u{1B}[31m", "two\nlines\u{1B}[31m"),
                ("a.b", "public.\"a.b\""), ("É", "É"),
            ] {
                try await database.fill("\(Identifier(table))", rows: 10)
                let run = try await database.run(["create-index", argument, "--measure", "cosine_distance"])
                #expect(run.status == 0, "\(run.errors)")
                #expect(run.output.split(separator: "\n").count == 1)
                #expect(!run.text.contains("\u{1B}"))
                #expect(run.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("vecsteward: ") }, "\(run.errors)")
                let indexes = """
                    SELECT count(*) AS number FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
                    WHERE relname = \(Literal(table)) AND indisvalid
                    """
                #expect(try await database.number(indexes) == 1)
            }
        }
    }

    @Test("of several databases the one that has the collection is taken, and where two have it none")
    func databases() async throws {
        try await withDatabase(on: TestServer.all[0]) { first in
            try await withDatabase(on: TestServer.all[0]) { second in
                try await first.fill("docs", rows: 10)
                try await second.fill("docs", rows: 10)
                try await second.fill("items", rows: 10)
                let folder = TemporaryFolder()
                var list: [String] = []
                for database in [first, second] {
                    let connection = try await database.stewardConnection()
                    list.append("{\"name\": \"\(database.name)\", \"connection\": \"\(connection)\"}")
                }
                let path = folder.make(
                    "config.json",
                    "{\"databases\": [\(list.joined(separator: ", "))], \"connectTimeout\": \"30s\"}"
                )
                let environment = ["PGPASSWORD": try first.server.password()]
                let both = try await ProgramRun.of(
                    ["create-index", "docs", "--config", path],
                    in: folder,
                    environment: environment
                )
                #expect(both.status == 64)
                #expect(both.errors.contains("in 2 databases: \(first.name), \(second.name)"), "\(both.errors)")
                #expect(both.errors.contains("HINT: Choose one with --database"))
                let one = try await ProgramRun.of(
                    ["create-index", "items", "--config", path],
                    in: folder,
                    environment: environment
                )
                #expect(one.status == 0, "\(one.errors)")
                #expect(try await second.usableIndexes(of: "items").count == 1)
            }
        }
    }
}
