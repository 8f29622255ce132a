import AdvisorFixture
import DatabaseFixture
import Postgres
import Testing

@Suite("A dry run on what the vecs client wrote", .serialized)
struct DryRunTests {
    /// A collection for each thing that goes wrong, and one where nothing does.
    ///
    /// The client writes what makes a collection one of its own; most rows are copies, since it takes its time.
    private static let collections = """
        from sqlalchemy import text
        from vecs import IndexMethod
        def run(sql):
            with vx.Session() as session:
                session.execute(text(sql))
                session.commit()
        def collection(name, rows, method=None, dimension=8):
            made = vx.get_or_create_collection(name=name, dimension=dimension)
            made.upsert([(str(i), np.random.rand(dimension), {}) for i in range(10)])
            copy(name, rows)
            if method: made.create_index(method=method)
        def copy(name, rows):
            run(f"INSERT INTO vecs.{name} SELECT id || '.' || gen_random_uuid(), vec, metadata FROM vecs.{name}, "
                f"generate_series(1, {rows} / (SELECT count(*) FROM vecs.{name}) - 1)")
        collection("bare", 1500)
        collection("broken", 1500)
        collection("twice", 1500, IndexMethod.hnsw)
        collection("healthy", 1500, IndexMethod.hnsw)
        collection("large", 1200, dimension=3072)
        collection("grown", 2000, IndexMethod.ivfflat)
        copy("grown", 6000)
        run("CREATE INDEX twice_too ON vecs.twice USING hnsw (vec vector_cosine_ops)")
        """

    private func fill(_ database: TestDatabase) async throws {
        _ = try await VecsClient.run(Self.collections, on: database)
        // Rows that a session reports only after an ANALYZE count twice, so it has to be gone. The grown collection is
        // left out: its index would take the count of an ANALYZE for that of its build.
        try await database.waitForEndOfSessions()
        try await database.execute("ANALYZE vecs.bare, vecs.broken, vecs.twice, vecs.healthy, vecs.large")
        // So little memory is not enough for so many lists: the build fails, and leaves the index behind.
        await #expect(throws: PostgresError.self) {
            try await database.paste([
                "SET maintenance_work_mem = '1MB'",
                "CREATE INDEX CONCURRENTLY ix_vector_cosine_ops_x ON vecs.broken "
                    + "USING ivfflat (vec vector_cosine_ops) WITH (lists = 20000)",
            ])
        }
    }

    @Test("says of each collection what is wrong, in words and in JSON", arguments: TestServer.all)
    func report(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            let text = try await ProgramRun.dryRun(on: database)
            #expect((text.status, text.errors) == (0, ""))
            for part in [
                "\n  PostgreSQL \(server.version).",
                ", pgvector 0.8.5, primary\n  polled as role steward_\(database.name) at ",
                "\n  unindexed (warning): no covering index: each search scans 1,500 rows\n",
                "\n  invalid (warning): invalid index ix_vector_cosine_ops_x, left by a build or a drop that failed",
                "vecs takes it for a good one",
                "\n  outgrown (warning): grown to 3 times the 2,000 rows that its index was built on\n",
                "\n  -> would run: rebuild ix_vector_cosine_ops_ivfflat_",
                "\n  redundant (notice): twice_too is a copy of",
                "\n  unindexable (warning): 3,072 dimensions, and an index on vector holds at most 2,000",
                "halfvec(3072)",
            ] {
                #expect(text.output.contains(part), "\(part) is not in:\n\(text.output)")
            }
            let summary = """
                \(database.name) has 6 collections: 1 needs an index, 1 cannot have an index as it is, 1 has a broken index, \
                1 needs its index rebuilt, 1 has an index that it may not need, 1 is healthy. \
                An upgrade of pgvector fixes 1 known bug. vecsteward would run 2 jobs and suggests 3.
                """
            #expect(text.output.split(whereSeparator: \.isWhitespace).joined(separator: " ").hasSuffix(summary))
            let state = [
                "bare": "unindexed", "grown": "outgrown +1", "broken": "invalid +1", "healthy": "ok",
                "large": "unindexable",
            ]
            for (name, state) in state {
                let row = text.output.split(separator: "\n").first { $0.hasPrefix("vecs.\(name) ") }
                #expect(row?.hasSuffix(" \(state)") == true, "\(row ?? "")")
            }

            let json = try await ProgramRun.dryRun(on: database, ["--format", "json", "--exit-code"])
            #expect((json.status, json.errors) == (1, ""))
            let report = try json.report()
            #expect(report.hasWork && report.databases.count == 1)
            let section = try #require(report.databases.first)
            #expect((section.name, section.status) == (database.name, "assessed"))
            #expect((section.server?.database, section.server?.role) == (database.name, "steward_\(database.name)"))
            #expect(section.blindSpots == [])
            #expect(section.rules("vecs.bare") == ["unindexed"])
            #expect(section.rules("vecs.broken") == ["invalid", "unindexed"])
            #expect(section.rules("vecs.grown") == ["outgrown", "stale-statistics"])
            #expect(section.rules("vecs.healthy") == [])
            #expect(section.rules("vecs.large") == ["unindexable"])
            #expect(section.rules("vecs.twice") == ["redundant"])
            #expect(section.collections?.first { $0.name == "vecs.large" }?.dimensions == 3_072)
            let jobs = (section.jobs ?? []).map { "\($0.disposition) \($0.kind) \($0.collection)" }
            #expect(
                Set(jobs) == [
                    "act rebuild_index vecs.grown", "act analyze vecs.grown", "suggest create_index vecs.bare",
                    "suggest rebuild_index vecs.broken",
                    "suggest drop_index vecs.twice",
                ]
            )
        }
    }

    @Test("the SQL that it prints does what it says, pasted as it is", arguments: TestServer.all)
    func printedSQL(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await fill(database)
            let before = try await ProgramRun.dryRun(on: database)
            let json = try await ProgramRun.dryRun(on: database, ["--format", "json"])
            let alone = (try json.report().databases[0].jobs ?? []).flatMap { SessionStatement.run($0.statements) }
            let together = SessionStatement.run(before.statements)
            #expect(together.map(\.sql).sorted() == alone.map(\.sql).sorted())
            // What needs settings has all of those and no others, although a setting that jobs share is there once.
            for statement in alone where !statement.settings.isEmpty {
                #expect(together.contains(statement), "\(statement) in:\n\(before.output)")
            }
            #expect(before.statements.count { $0 == "SET statement_timeout = 0" } == 1)
            try await database.paste(before.sql(), user: database.user(.steward), password: server.password())
            let valid = """
                SELECT count(*) AS number FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid
                WHERE indrelid = 'vecs.bare'::regclass AND indisvalid AND relname LIKE 'ix\\_vector\\_cosine\\_ops\\_hnsw\\_%'
                """
            #expect(try await database.number(valid) == 1)
            let after = try await ProgramRun.dryRun(on: database, ["--format", "json"]).report()
            #expect(after.databases[0].jobs?.isEmpty == true)
            let left = (after.databases[0].collections ?? []).filter { !$0.findings.isEmpty }.map(\.name)
            #expect(left == ["vecs.large"])
            // The client finds what it would have made itself.
            let warnings = try await VecsClient.run(
                """
                import warnings
                warnings.simplefilter("error")
                for name in ["bare", "broken", "grown", "twice"]:
                    print(len(vx.get_or_create_collection(name=name, dimension=8).query(np.random.rand(8), limit=3)))
                """,
                on: database
            )
            #expect(warnings == "3\n3\n3\n3\n")
        }
    }

    @Test("--exit-code is 1 while there is work, and 0 when it is done", arguments: TestServer.all)
    func exitCode(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            for (sql, status) in [
                ("CREATE TABLE docs (vec vector(3))", 0),
                ("INSERT INTO docs SELECT '[1,2,3]' FROM generate_series(1, 1200)", 1),
                ("CREATE INDEX ON docs USING hnsw (vec vector_cosine_ops)", 0),
            ] as [(String, Int32)] {
                try await database.execute(sql)
                #expect(try await ProgramRun.dryRun(on: database, ["--exit-code"]).status == status, "after \(sql)")
                #expect(try await ProgramRun.dryRun(on: database).status == 0)
            }
        }
    }

    @Test("a database without pgvector has a section that says so, and is no failure", arguments: TestServer.all)
    func noExtension(server: TestServer) async throws {
        try await withDatabase(on: server, extension: false) { database in
            try await database.execute("CREATE TABLE docs (vec bit(64))")
            let text = try await ProgramRun.dryRun(on: database, ["--exit-code"])
            #expect((text.status, text.errors) == (0, ""))
            #expect(text.output.contains(", no pgvector, primary\n"))
            #expect(text.output.contains("There are no collections: pgvector is not installed in this database."))
            let section = try await ProgramRun.dryRun(on: database, ["--format", "json"]).report().databases[0]
            #expect((section.status, section.server?.pgvectorVersion) == ("assessed", nil))
            #expect(section.collections?.isEmpty == true && section.jobs?.isEmpty == true)
        }
    }
}
