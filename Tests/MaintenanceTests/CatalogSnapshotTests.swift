import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("What one poll sees")
struct CatalogSnapshotTests {
    @Test("collections and indexes that the vecs client made", arguments: TestServer.all)
    func vecsCollections(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            _ = try await VecsClient.run(
                """
                from vecs import IndexMethod, IndexMeasure
                docs = vx.get_or_create_collection(name="docs", dimension=16)
                docs.upsert([(str(i), np.random.rand(16), {}) for i in range(2000)])
                docs.create_index(method=IndexMethod.ivfflat, measure=IndexMeasure.cosine_distance)
                graph = vx.get_or_create_collection(name="graph", dimension=3)
                graph.upsert([("a", [1, 2, 3], {})])
                graph.create_index(method=IndexMethod.hnsw, measure=IndexMeasure.l2_distance)
                vx.get_or_create_collection(name="empty", dimension=1536)
                """,
                on: database
            )
            let assessment = try await assess(database)
            let names = assessment.snapshot.collections.map(\.name.description)
            #expect(names == ["vecs.docs", "vecs.empty", "vecs.graph"])

            let docs = try assessment.collection("vecs.docs")
            #expect(docs.type == .vector)
            #expect(docs.dimensions == 16)
            #expect(docs.rows.value == 2_000)
            let index = try #require(docs.relations.first?.indexes.first)
            #expect(index.method == .ivfflat)
            #expect(index.lists == 30)
            #expect(index.distanceMetric == .cosineDistance)
            #expect(index.isUsable)
            #expect(index.name.hasPrefix("ix_vector_cosine_ops_ivfflat_nl30_"))
            #expect(index.reltuples == 2_000)

            let graph = try #require(try assessment.collection("vecs.graph").relations.first?.indexes.first)
            #expect(graph.method == .hnsw)
            #expect(graph.m == 16)
            #expect(graph.efConstruction == 64)
            #expect(graph.distanceMetric == .l2Distance)

            #expect(try assessment.collection("vecs.empty").rows.value == 0)
            #expect(assessment.snapshot.server.pgvector?.version.description == "0.8.5")
        }
    }

    @Test(
        "columns of every indexable type, of domains, and indexes over casts, partial ones and defaults",
        arguments: TestServer.all
    )
    func types(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE DOMAIN embedding AS vector(5);
                CREATE DOMAIN checked AS embedding CHECK (VALUE IS NOT NULL);
                CREATE DOMAIN twice_checked AS checked;
                CREATE DOMAIN sizeless AS vector;
                CREATE DOMAIN still_sizeless AS sizeless;
                CREATE TABLE t (
                    v vector(3), big vector(3000), loose vector, h halfvec(4), b bit(64), flags bit(8), s sparsevec(9),
                    d embedding, e twice_checked, f still_sizeless, id bigint
                );
                CREATE INDEX by_default ON t USING ivfflat (v);
                CREATE INDEX by_cast ON t USING hnsw ((big::halfvec(3000)) halfvec_ip_ops);
                CREATE INDEX partial ON t USING hnsw ((loose::vector(3)) vector_l1_ops) WHERE id IS NOT NULL;
                """
            )
            let assessment = try await assess(database)
            let seen = assessment.snapshot.collections.map { "\($0.name.column) \($0.type) \($0.dimensions ?? -1)" }
            #expect(
                seen == [
                    "b bit 64", "big vector 3000", "d vector 5", "e vector 5", "f vector -1", "h halfvec 4",
                    "loose vector -1", "s sparsevec 9", "v vector 3",
                ]
            )
            let byDefault = try #require(try assessment.collection("public.t.v").relations[0].indexes.first)
            #expect(byDefault.operatorClass == "vector_l2_ops")
            #expect(byDefault.options.isEmpty)
            #expect(byDefault.lists == 100)
            let byCast = try #require(try assessment.collection("public.t.big").relations[0].indexes.first)
            #expect(byCast.indexedType == .halfvec)
            #expect(byCast.indexedDimensions == 3_000)
            #expect(byCast.expression?.contains("halfvec(3000)") == true)
            let partial = try #require(try assessment.collection("public.t.loose").relations[0].indexes.first)
            #expect(partial.predicate?.contains("IS NOT NULL") == true)
            #expect(partial.distanceMetric == .l1Distance)
        }
    }

    @Test(
        "a partitioned table is one collection with parts; temporary and foreign tables are left out",
        arguments: TestServer.all
    )
    func partitioned(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer(
                """
                CREATE TABLE docs (id bigint, vec vector(8)) PARTITION BY RANGE (id);
                CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (100);
                CREATE TABLE docs_2 PARTITION OF docs FOR VALUES FROM (100) TO (300) PARTITION BY RANGE (id);
                CREATE TABLE docs_2_1 PARTITION OF docs_2 FOR VALUES FROM (100) TO (300);
                CREATE INDEX docs_vec_idx ON docs USING hnsw (vec vector_l2_ops);
                CREATE FOREIGN DATA WRAPPER nowhere;
                CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
                CREATE FOREIGN TABLE remote (vec vector(8)) SERVER nowhere;
                CREATE MATERIALIZED VIEW seen AS SELECT vec FROM docs;
                INSERT INTO docs SELECT g, '[1,2,3,4,5,6,7,8]' FROM generate_series(0, 249) AS g;
                """
            )
            let assessment = try await assess(database)
            let names = assessment.snapshot.collections.map(\.name.description)
            #expect(names == ["public.docs.vec", "public.seen.vec"])
            let docs = try assessment.collection("public.docs.vec")
            #expect(docs.isPartitioned)
            #expect(docs.relations.map(\.table) == ["docs_1", "docs_2_1"])
            #expect(docs.rows.value == 250)
            #expect(docs.partitionedIndexes.map(\.name) == ["docs_vec_idx"])
            #expect(docs.relations.allSatisfy { $0.indexes.first?.attachedTo != nil })
        }
    }

    @Test("include and exclude patterns choose the collections", arguments: TestServer.all)
    func scope(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute("CREATE TABLE a (v vector(3)); CREATE TABLE b (v vector(3));")
            let only = CollectionScope(include: [NamePattern("public.*")], exclude: [NamePattern("public.b")])
            let assessment = try await assess(database, scope: only)
            #expect(assessment.snapshot.collections.map(\.name.table) == ["a"])
        }
    }

    @Test(
        "a relation under an AccessExclusiveLock is reported as locked, and the rest is complete",
        .timeLimit(.minutes(1)),
        arguments: TestServer.all
    )
    func locked(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                table("locked", rows: 10) + table("free", rows: 1_500) + """
                    CREATE INDEX ON locked USING hnsw ((vec::halfvec(8)) halfvec_l2_ops);
                    CREATE TABLE never_counted (vec vector(8));
                    """
            )
            var holder = try await Connection.open(
                try ConnectionTarget(parsing: database.conninfo),
                timeout: .seconds(60),
                applicationName: "holder"
            )
            _ = try await holder.query("BEGIN")
            _ = try await holder.query("LOCK TABLE locked, never_counted IN ACCESS EXCLUSIVE MODE")
            let assessment = try await assess(database)
            holder.close()
            let locked = try #require(try assessment.collection("public.locked.vec").relations.first)
            #expect(locked.lockedBy?.contains("AccessExclusiveLock") == true)
            #expect(locked.indexes.count == 1)
            #expect(try assessment.collection("public.free.vec").rows.value == 1_500)
            #expect(assessment.rules("public.free.vec").contains("unindexed"))
        }
    }

    @Test("a database without pgvector has no collections and says so", arguments: TestServer.all)
    func noExtension(server: TestServer) async throws {
        try await withDatabase(on: server, extension: false) { database in
            try await database.execute("CREATE TABLE t (flags bit(128))")
            let assessment = try await assess(database)
            #expect(assessment.snapshot.server.pgvector == nil)
            #expect(assessment.snapshot.collections.isEmpty)
        }
    }

    @Test("an extension in a schema of its own, and a database whose search path hides it", arguments: TestServer.all)
    func extensionSchema(server: TestServer) async throws {
        try await withDatabase(on: server, extension: false) { database in
            try await database.administer(
                """
                CREATE SCHEMA "Ext Ensions";
                CREATE EXTENSION vector SCHEMA "Ext Ensions";
                CREATE TABLE t (v "Ext Ensions".vector(3));
                CREATE INDEX t_idx ON t USING hnsw (v "Ext Ensions".vector_l2_ops);
                """
            )
            let assessment = try await assess(database)
            #expect(assessment.snapshot.server.pgvector?.schema == "Ext Ensions")
            let index = try #require(try assessment.collection("public.t.v").relations[0].indexes.first)
            #expect(index.operatorClassSchema == "Ext Ensions")
        }
    }

    @Test("without hnsw, IVFFlat is what auto chooses", arguments: TestServer.all)
    func oldExtension(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.administer(
                table("t", rows: 2_000) + """
                    SET allow_system_table_mods = on;
                    UPDATE pg_am SET amname = 'hnsw_absent' WHERE amname = 'hnsw';
                    UPDATE pg_extension SET extversion = '0.4.4' WHERE extname = 'vector';
                    """
            )
            let assessment = try await assess(database)
            #expect(assessment.snapshot.server.pgvector?.hasHNSW == false)
            guard let creation = assessment.jobs("public.t.vec").last?.spec as? CreateIndex else {
                Issue.record("no index is to be created")
                return
            }
            #expect(creation.definition.method == .ivfflat)
            #expect(creation.choiceReason.contains("no hnsw"))
        }
    }
}
