import DatabaseFixture
import Postgres
import Testing

@testable import vecsteward

@Suite("recall", .timeLimit(.minutes(10)))
struct RecallCommandTests {
    @Test("leaves nothing and changes nothing", arguments: TestServer.all)
    func nothingIsLeft(server: TestServer) async throws {
        try await RecallBench.withTable(on: server) { database in
            let state = """
                SELECT count(*) AS number FROM pg_class
                WHERE relname ~ 'vecsteward' OR relnamespace::regnamespace::text ~ 'vecsteward'
                """
            let before = try await database.number(state)
            let run = try await RecallBench.recall(["docs"], on: database)
            #expect(run.status == 0, "\(run.text)")
            #expect(run.output.contains("recall@10 "))
            #expect(run.output.contains("which flatter an index"))
            #expect(try await database.number(state) == before)
            try await database.waitForEndOfSessions()
        }
    }

    @Test("takes vectors from files, and the index that is named", arguments: TestServer.all)
    func files(server: TestServer) async throws {
        try await RecallBench.withTable(on: server) { database in
            let folder = TemporaryFolder()
            let good = folder.make("q.jsonl", "[0.5,0,0,0,0,1]\n[1,1,1,1,1,1]\n")
            let report = try RecallBench.json(
                try await RecallBench.recall(
                    ["docs", "--queries", good, "--index", "docs_index", "--format", "json"],
                    on: database
                )
            )
            #expect(report["querySource"] as? String == "file")
            #expect(report["queries"] as? Int == 2)
            let wrong = folder.make("wrong.jsonl", "[0.5,0,0]\n")
            let run = try await RecallBench.recall(["docs", "--queries", wrong], on: database)
            #expect(run.status == 64)
            #expect(run.errors.contains("line 1 has 3 numbers, and the column has 6 dimensions"), "\(run.text)")
            let missing = try await RecallBench.recall(["docs", "--queries", folder.path + "/none.npy"], on: database)
            #expect(missing.status == 64)
            #expect(missing.errors.contains("No such file"))
        }
    }

    @Test("takes a file with vectors of the dimensions of the index that is named, of a column with several")
    func mixedDimensions() async throws {
        try await withDatabase(on: TestServer.all[0]) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id int, v vector);
                INSERT INTO docs SELECT g, CASE g % 2 WHEN 0 THEN '[1,2,3]' ELSE '[1,2,3,4,5,6]' END::vector
                FROM generate_series(1, 300) AS g;
                CREATE INDEX a_three ON docs USING hnsw ((v::vector(3)) vector_l2_ops) WHERE vector_dims(v) = 3;
                CREATE INDEX b_six ON docs USING hnsw ((v::vector(6)) vector_l2_ops) WHERE vector_dims(v) = 6;
                ANALYZE docs;
                """
            )
            let folder = TemporaryFolder()
            let file = folder.make("q.jsonl", "[1,1,1,1,1,1]\n")
            let six = try await RecallBench.recall(["docs", "--index", "b_six", "--queries", file], on: database)
            #expect(!six.errors.contains("numbers"), "\(six.text)")
            let three = try await RecallBench.recall(["docs", "--index", "a_three", "--queries", file], on: database)
            #expect(three.status == 64 && three.errors.contains("has 6 numbers"), "\(three.text)")
            withExtendedLifetime(folder) {}
        }
    }

    @Test("refuses more vectors than its memory has place for, and says how many it has")
    func memory() async throws {
        try await RecallBench.withTable(on: TestServer.all[0]) { database in
            let run = try await RecallBench.recall(["docs", "--queries", "10000", "--k", "1000"], on: database)
            #expect(run.status == 64)
            #expect(
                run.errors.contains("10,000 vectors of 6 dimensions, each with its 1,000 nearest rows"),
                "\(run.text)"
            )
            #expect(run.errors.contains("HINT: Search for up to "), "\(run.text)")
        }
    }

    @Test("exits with 1 below the target, and says so")
    func target() async throws {
        try await RecallBench.withTable(on: TestServer.all[0]) { database in
            let low = try await RecallBench.recall(["docs", "--probes", "1", "--target", "1"], on: database)
            #expect(low.status == 1)
            #expect(low.output.contains("the target of 1 is missed"))
            // All lists are searched.
            let high = try await RecallBench.recall(["docs", "--probes", "12", "--target", "0.99"], on: database)
            #expect(high.status == 0, "\(high.text)")
            #expect(high.output.contains("recall@10 1 "))
        }
    }

    @Test("is at most what searches of ten times the effort say, which read no table", arguments: TestServer.all)
    func light(server: TestServer) async throws {
        try await RecallBench.withTable(on: server) { database in
            // All stored vectors, so that both are of the same searches.
            let common = ["docs", "--queries", "10000", "--probes", "1", "--format", "json"]
            let exact = try RecallBench.json(try await RecallBench.recall(common, on: database))
            let light = try RecallBench.json(try await RecallBench.recall(common + ["--light"], on: database))
            #expect(exact["comparedWith"] as? String == "exact")
            #expect(light["comparedWith"] as? String == "moreEffort" && light["moreEffort"] as? Int == 10)
            let (measured, atMost) = (exact["recall"] as? Double ?? 1, light["recall"] as? Double ?? 0)
            #expect(measured < 1 && measured <= atMost && atMost < 1)
            #expect((light["interval"] as? [Double])?.first == 0)
            let text = try await RecallBench.recall(["docs", "--probes", "1", "--light"], on: database)
            #expect(text.status == 0 && text.output.contains("recall@10 at most ."), "\(text.text)")
            #expect(RecallBench.words(text).contains("the index finds at most "), "\(text.text)")
            // An upper bound shows that a target is missed, and never that it is reached.
            let targets: [(target: String, words: String, isReached: Bool?)] = [
                ("1", "the target of 1 is missed", false), ("0.01", "is reached, --light cannot tell", nil),
            ]
            for (target, words, isReached) in targets {
                let judged = ["docs", "--probes", "1", "--light", "--target", target]
                let run = try await RecallBench.recall(judged, on: database)
                #expect(run.status == 1 && RecallBench.words(run).contains(words), "\(run.text)")
                let json = try RecallBench.json(
                    try await RecallBench.recall(judged + ["--format", "json"], on: database)
                )
                #expect(json["reachesTarget"] as? Bool == isReached)
            }
            // Where all lists are searched already, there is nothing to compare with.
            let all = try await RecallBench.recall(["docs", "--probes", "12", "--light"], on: database)
            #expect(all.status == 1 && all.errors.contains("there is nothing to compare with"), "\(all.text)")
        }
    }

    @Test(
        "of a graph with as many candidates as rows that are asked for leaves the stored vector out of both",
        arguments: TestServer.all
    )
    func candidates(server: TestServer) async throws {
        let index = "CREATE INDEX docs_index ON docs USING hnsw (v vector_l2_ops)"
        try await RecallBench.withTable(on: server, index: index) { database in
            // Rows that are gone are among the candidates.
            try await database.execute("VACUUM docs")
            let report = try RecallBench.json(
                try await RecallBench.recall(
                    ["docs", "--k", "40", "--ef-search", "40", "--queries", "50", "--curve", "--format", "json"],
                    on: database
                )
            )
            #expect(report["shortAnswers"] as? Int == 0, "\(report)")
            #expect(report["recall"] as? Double ?? 0 > 0.985, "\(report)")
            let settings = try #require(report["settings"] as? [[String: Any]])
            let effort = settings.first { $0["name"] as? String == "hnsw.ef_search" }
            #expect(effort?["value"] as? String == "40", "\(settings)")
            let first = try #require((report["curve"] as? [[String: Any]])?.first)
            #expect(first["value"] as? Int == 40 && first["recall"] as? Double == report["recall"] as? Double)
        }
    }

    @Test("of a partial index with one row of a thousand draws until it has enough of them", arguments: TestServer.all)
    func rareRows(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer("ALTER DATABASE \(database.name) SET enable_seqscan = off")
            try await database.execute(
                """
                CREATE TABLE docs (id int, v vector(16));
                INSERT INTO docs SELECT g, (SELECT array_agg(random()) FROM generate_series(1, 16) WHERE g = g)::vector(16)
                FROM generate_series(1, 60000) AS g;
                CREATE INDEX docs_index ON docs USING ivfflat (v vector_l2_ops) WITH (lists = 1) WHERE id % 1000 = 0;
                ANALYZE docs;
                """
            )
            let report = try RecallBench.json(
                try await RecallBench.recall(["docs", "--queries", "5", "--format", "json"], on: database)
            )
            #expect(report["queries"] as? Int == 5, "\(report)")
            #expect(report["rows"] as? Int == 60 && report["recall"] as? Double == 1, "\(report)")
            // An index whose rows are gone has none to draw, which is not to say that the table has no vector.
            try await database.execute("DELETE FROM docs WHERE id % 1000 = 0")
            let none = try await RecallBench.recall(["docs", "--queries", "5"], on: database)
            #expect(none.status == 1, "\(none.text)")
            #expect(none.errors.contains("no row with a vector was drawn that index"), "\(none.text)")
        }
    }

    @Test("does not wait for a lock, and is stopped by a budget", arguments: TestServer.all)
    func bounds(server: TestServer) async throws {
        try await RecallBench.withTable(on: server, rows: 20_000) { database in
            let stopped = try await RecallBench.recall(["docs", "--budget", "1ms", "--probes", "1"], on: database)
            #expect(stopped.status == 1)
            #expect(stopped.errors.contains("it needs to read 20,"), "\(stopped.text)")
            #expect(stopped.errors.contains("and the budget is 0.001 s; nothing was started"))
            var holder = try await database.connect()
            try await holder.run(script: "BEGIN; LOCK TABLE docs IN SHARE UPDATE EXCLUSIVE MODE")
            let locked = try await RecallBench.recall(["docs"], on: database)
            #expect(locked.status == 1)
            #expect(locked.errors.contains("somebody holds a lock on the table"), "\(locked.text)")
        }
    }

    @Test(
        "says what is wrong with an option before it asks a server",
        arguments: [
            ["--k", "0"], ["--queries", "0"], ["--probes", "0"], ["--ef-search", "1001"],
            ["--probes", "1", "--ef-search", "1"], ["--target", "1.5"], ["--budget", "soon"], ["--budget", "0s"],
            ["--queries", "/nowhere/at all"], ["--light", "--curve"], ["--group-by", "id", "--light"],
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
