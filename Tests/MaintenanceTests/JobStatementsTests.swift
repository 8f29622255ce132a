import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("The SQL of a job, carried out on a real server")
struct JobStatementsTests {
    private let act = PolicyLayer(
        rules: ["unindexed": RuleOverride(mode: .act), "invalid": RuleOverride(mode: .act)],
        index: IndexOverride(distanceMetric: .cosineDistance)
    )

    @Test("a rebuilt index of vecs is found by a vecs client without a warning", arguments: TestServer.all)
    func rebuildForVecs(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            _ = try await VecsClient.run(
                """
                from vecs import IndexMethod
                docs = vx.get_or_create_collection(name="docs", dimension=8)
                docs.upsert([(str(i), np.random.rand(8), {}) for i in range(1500)])
                docs.create_index(method=IndexMethod.ivfflat)
                docs.upsert([(str(i), np.random.rand(8), {}) for i in range(1500, 4000)])
                """,
                on: database
            )
            let before = try await assess(database)
            let old = try #require(try before.collection("vecs.docs").relations[0].indexes.first?.name)
            try await carryOut(before, on: database)
            let after = try await assess(database)
            let index = try #require(try after.collection("vecs.docs").relations[0].indexes.first)
            #expect(try after.collection("vecs.docs").relations[0].indexes.count == 1)
            #expect(index.name == old, "method and lists are what the name says")
            #expect(index.isUsable)
            #expect(index.reltuples == 4_000)
            let output = try await VecsClient.run(
                """
                import warnings
                warnings.simplefilter("error")
                docs = vx.get_or_create_collection(name="docs", dimension=8)
                print(docs.index)
                print(len(docs.query(np.random.rand(8), limit=10)))
                """,
                on: database
            )
            #expect(output == "\(index.name)\n10\n")
        }
    }

    @Test("an index that a person made keeps name, expression, tablespace and comment", arguments: TestServer.all)
    func rebuildKeepsAll(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let comment = "asked for by \"o'neill\"\\\n-- \u{202E}⚠︎"
            var administrator = try await database.connect()
            let tablespace = Identifier("space \"of\" \(database.name)")
            _ = try await administrator.query("SET allow_in_place_tablespaces = on")
            _ = try await administrator.query("CREATE TABLESPACE \(tablespace) LOCATION ''")
            let application = Identifier(try database.user(.application))
            _ = try await administrator.query("GRANT CREATE ON TABLESPACE \(tablespace) TO \(application)")
            try await database.execute(
                table("docs", rows: 2_000) + """
                    CREATE INDEX "my ""index" ON docs USING ivfflat ((vec::halfvec(8)) halfvec_l2_ops)
                    WITH (lists = 30) TABLESPACE \(tablespace);
                    COMMENT ON INDEX "my ""index" IS \(Literal(comment));
                    INSERT INTO docs SELECT * FROM docs UNION ALL SELECT * FROM docs;
                    """
            )
            let before = try await assess(database)
            let old = try #require(try before.collection("public.docs.vec").relations[0].indexes.first)
            try await carryOut(before, on: database)
            let indexes = try await assess(database).collection("public.docs.vec").relations[0].indexes
            let new = try #require(indexes.first)
            #expect(indexes.count == 1)
            #expect(new.name == #"my "index"#)
            #expect(new.oid != old.oid)
            #expect(new.expression == old.expression)
            #expect(new.operatorClass == "halfvec_l2_ops")
            #expect(new.isUsable)
            let kept = try await administrator.query(
                """
                SELECT obj_description(class.oid, 'pg_class') AS comment, tablespace.spcname AS tablespace
                FROM pg_class AS class JOIN pg_tablespace AS tablespace ON tablespace.oid = class.reltablespace
                WHERE class.relname = 'my "index'
                """
            ).one()
            #expect(try kept["comment", as: String.self] == comment)
            #expect(try kept["tablespace", as: String.self] == tablespace.name)
            _ = try await administrator.query("DROP TABLE docs")
            _ = try await administrator.query("DROP TABLESPACE \(tablespace)")
        }
    }

    @Test("every partition gets its index, attached to a valid one of the parent", arguments: TestServer.all)
    func partitions(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.oneLevel)
            try await carryOut(try await assess(database, layers: [act]), on: database)
            let docs = try await assess(database).collection("public.docs.vec")
            #expect(docs.partitionedIndexes.count == 1)
            #expect(docs.partitionedIndexes.allSatisfy { $0.isValid })
            #expect(docs.relations.allSatisfy { $0.indexes.count == 1 && $0.indexes[0].attachedTo != nil })
        }
    }

    private static let oneLevel = """
        CREATE TABLE docs (id bigint, vec vector(8)) PARTITION BY RANGE (id);
        CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (2000);
        CREATE TABLE docs_2 PARTITION OF docs FOR VALUES FROM (2000) TO (4000);
        INSERT INTO docs SELECT g, array_fill(g::real, ARRAY[8])::vector FROM generate_series(0, 3999) AS g;
        """

    private static let twoLevels = """
        CREATE TABLE docs (id bigint, vec vector(8)) PARTITION BY RANGE (id);
        CREATE SCHEMA parts;
        CREATE TABLE parts.docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (2000) PARTITION BY RANGE (id);
        CREATE TABLE docs_1_1 PARTITION OF parts.docs_1 FOR VALUES FROM (0) TO (1000);
        CREATE TABLE docs_1_2 PARTITION OF parts.docs_1 FOR VALUES FROM (1000) TO (2000);
        CREATE TABLE docs_2 PARTITION OF docs FOR VALUES FROM (2000) TO (4000);
        INSERT INTO docs SELECT g, array_fill(sin(g)::real, ARRAY[8])::vector FROM generate_series(0, 3999) AS g;
        """

    private static let threeLevels = """
        CREATE TABLE docs (id bigint, vec vector(8)) PARTITION BY RANGE (id);
        CREATE SCHEMA parts;
        CREATE TABLE parts."docs ""1" PARTITION OF docs FOR VALUES FROM (0) TO (2000) PARTITION BY RANGE (id);
        CREATE TABLE docs_1_1 PARTITION OF parts."docs ""1" FOR VALUES FROM (0) TO (1000) PARTITION BY RANGE (id);
        CREATE TABLE parts.docs_1_1_1 PARTITION OF docs_1_1 FOR VALUES FROM (0) TO (1000);
        CREATE TABLE docs_1_2 PARTITION OF parts."docs ""1" FOR VALUES FROM (1000) TO (2000);
        CREATE TABLE docs_2 PARTITION OF docs FOR VALUES FROM (2000) TO (4000);
        INSERT INTO docs SELECT g, array_fill(sin(g)::real, ARRAY[8])::vector FROM generate_series(0, 3999) AS g;
        """

    @Test(
        "indexes of partitioned tables below others are made and attached level by level",
        arguments: TestServer.all,
        [twoLevels, threeLevels]
    )
    func levels(server: TestServer, tables: String) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(tables)
            try await carryOut(try await assess(database, layers: [act]), on: database)
            #expect(try await isWhole(database, partitions: 3))
        }
    }

    @Test("a level that has its index is used, and one that is not attached gets attached", arguments: TestServer.all)
    func levelsWithIndexes(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                Self.threeLevels + """
                    CREATE INDEX top ON ONLY docs USING hnsw (vec vector_cosine_ops);
                    CREATE INDEX middle ON ONLY parts."docs ""1" USING hnsw (vec vector_cosine_ops);
                    """
            )
            try await carryOut(try await assess(database, layers: [act]), on: database)
            #expect(try await isWhole(database, partitions: 3))
            let docs = try await assess(database).collection("public.docs.vec")
            #expect(docs.partitionedIndexes.map(\.name) == ["top"])
            #expect(docs.partitionedTables.flatMap(\.indexes).contains { $0.name == "middle" })
        }
    }

    @Test("the jobs of single partitions, as the queue keeps them, run one after the other", arguments: TestServer.all)
    func singles(server: TestServer) async throws {
        for (tables, partitions) in [(Self.twoLevels, 3), (Self.threeLevels, 3)] {
            try await withDatabase(on: server) { database in
                try await database.execute(tables)
                let plan = try await assess(database, layers: [act]).plan
                let singles = plan.jobs.filter { $0.kind == "create_index" }.flatMap(\.singles)
                #expect(singles.count == partitions)
                try await database.grant()
                var connection = try await database.connect(as: .steward)
                for (number, single) in singles.enumerated() {
                    var job = single
                    var creation = try #require(job.spec as? CreateIndex)
                    let name = try #require(creation.parent?.name)
                    creation.parent = CreateIndex.Parent(name: name, exists: false)
                    job.spec = creation
                    let record = JobRecord(id: Int64(number + 1), job: job)
                    for statement in try await JobStatements.statements(for: record, on: &connection) {
                        _ = try await connection.query(Statement(statement))
                    }
                }
                #expect(try await isWhole(database, partitions: partitions))
            }
        }
    }

    @Test("the job of a second partition runs as it was printed before the first one", arguments: TestServer.all)
    func second(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(Self.oneLevel)
            let plan = try await assess(database, layers: [act]).plan
            let created = plan.jobs.filter { $0.kind == "create_index" }.flatMap(\.singles)
            let printed = created.map { JobStatements.statements(for: $0) }
            #expect(printed.count == 2)
            try await database.grant()
            var connection = try await database.connect(as: .steward)
            for statement in printed.flatMap({ $0 }) { _ = try await connection.query(Statement(statement)) }
            #expect(try await isWhole(database, partitions: 2))
        }
    }

    @Test("an attached index of a partition is reindexed in place with new lists", arguments: TestServer.all)
    func attached(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, vec vector(8)) PARTITION BY RANGE (id);
                CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (100000);
                CREATE INDEX docs_idx ON docs USING ivfflat (vec vector_l2_ops) WITH (lists = 10);
                INSERT INTO docs SELECT g, array_fill(g::real, ARRAY[8])::vector FROM generate_series(0, 3999) AS g;
                """
            )
            try await carryOut(try await assess(database), on: database)
            let docs = try await assess(database).collection("public.docs.vec")
            let index = try #require(docs.relations[0].indexes.first)
            #expect(index.lists == 30)
            #expect(index.reltuples == 4_000)
            #expect(index.attachedTo != nil)
            #expect(docs.partitionedIndexes.allSatisfy { $0.isValid })
        }
    }

    @Test("an index can be created on every type", arguments: TestServer.all)
    func types(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                table("v", rows: 1_500) + table("h", rows: 1_500, type: "halfvec(8)")
                    + table("s", rows: 1_500, type: "sparsevec(8)") + """
                        CREATE TABLE b (vec bit(64));
                        INSERT INTO b SELECT g::bigint::bit(64) FROM generate_series(1, 1500) AS g;
                        """
            )
            try await carryOut(try await assess(database, layers: [act]), on: database)
            let after = try await assess(database, layers: [act])
            let classes = after.snapshot.collections.map { $0.relations[0].indexes.map(\.operatorClass) }
            #expect(
                classes == [
                    ["bit_hamming_ops"], ["halfvec_cosine_ops"], ["sparsevec_cosine_ops"], ["vector_cosine_ops"],
                ]
            )
            #expect(after.plan.jobs.isEmpty)
        }
    }
}
