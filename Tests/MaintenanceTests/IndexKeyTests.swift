import Advisor
import DatabaseFixture
import Maintenance
import Postgres
import Testing

@Suite("Which column an index belongs to, and what a collection is")
struct IndexKeyTests {
    /// The tables of all cases, and a function of each kind that an expression may call.
    private static let tables = """
        CREATE TABLE plain (id int, deleted_at timestamptz, embedding vector(8));
        CREATE TABLE wide (
            id int, n float, a vector(3), loose vector, b vector(3), arr real[], vs vector(3)[], t text, flags bit(1),
            big vector(3000), bits bit(64)
        );
        CREATE TABLE "odd :varattno 1" (":varattno 1" int, vec vector(3));
        CREATE DOMAIN short_vector AS vector(3);
        CREATE TABLE of_domain (id int, v short_vector);
        CREATE TABLE dropped (gone int, gone_too vector(3), id int, v vector(3));
        ALTER TABLE dropped DROP gone, DROP gone_too;
        CREATE FUNCTION of_row(wide) RETURNS vector(3) IMMUTABLE LANGUAGE sql AS 'SELECT $1.a';
        CREATE FUNCTION of_text(x text) RETURNS public.vector(3) IMMUTABLE LANGUAGE plpgsql
            AS 'BEGIN RETURN x::public.vector; END';
        CREATE FUNCTION named(":varattno 1" int, y vector) RETURNS vector(3) IMMUTABLE LANGUAGE sql AS 'SELECT $2';
        """

    /// An index by the collection that it belongs to.
    struct Case: Sendable, CustomTestStringConvertible {
        var definition: String
        var collection: String
        var testDescription: String { definition }

        init(_ definition: String, _ collection: String) {
            self.definition = definition
            self.collection = collection
        }
    }

    private static let cases = [
        // A predicate names other columns than the key, to the left of it and to the right.
        Case("ON plain USING hnsw (embedding vector_l2_ops) WHERE deleted_at IS NULL", "plain.embedding"),
        Case(
            "ON plain USING hnsw ((embedding::halfvec(8)) halfvec_l2_ops) WHERE deleted_at IS NULL",
            "plain.embedding"
        ),
        Case(
            "ON plain USING ivfflat ((embedding::halfvec(8)) halfvec_l2_ops) WHERE deleted_at IS NULL AND id > 3 AND "
                + "embedding IS NOT NULL",
            "plain.embedding"
        ),
        Case("ON wide USING ivfflat (b vector_l2_ops) WHERE a IS NOT NULL", "wide.b"),
        Case("ON wide USING hnsw ((b::halfvec(3)) halfvec_l2_ops) WHERE a IS NOT NULL", "wide.b"),
        Case(
            "ON wide USING hnsw ((loose::vector(3)) vector_l2_ops) WHERE vector_dims(loose) = 3 AND id > 2",
            "wide.loose"
        ),
        // Casts in casts, and functions.
        Case("ON wide USING hnsw ((loose::halfvec(3)::vector(3)) vector_l2_ops) WHERE n < 3", "wide.loose"),
        Case("ON wide USING hnsw ((subvector(big, 1, 4)::vector(4)) vector_l2_ops) WHERE t <> 'x'", "wide.big"),
        Case("ON wide USING hnsw ((binary_quantize(big)::bit(3000)) bit_hamming_ops) WHERE id = 1", "wide.big"),
        Case("ON wide USING hnsw ((named(y => a, \":varattno 1\" => id)::vector(3)) vector_l2_ops)", "wide.a"),
        // Several columns: the first one of a vector type is it.
        Case("ON wide USING hnsw (((a + b)::vector(3)) vector_l2_ops)", "wide.a"),
        Case("ON wide USING hnsw (((b + a)::vector(3)) vector_l2_ops)", "wide.b"),
        Case("ON wide USING hnsw ((CASE WHEN id > 3 THEN b ELSE a END::vector(3)) vector_l2_ops)", "wide.b"),
        Case("ON wide USING hnsw ((CASE WHEN flags = B'1' THEN b END::vector(3)) vector_l2_ops)", "wide.b"),
        Case(
            "ON wide USING hnsw (((a * array_fill(n::real, ARRAY[3])::vector(3))::vector(3)) vector_l2_ops)",
            "wide.a"
        ),
        Case("ON wide USING hnsw ((of_row(wide.*)::vector(3)) vector_l2_ops)", "wide.a"),
        Case("ON wide USING hnsw ((bits::bit(32)) bit_hamming_ops)", "wide.bits"),
        // No column of a vector type.
        Case("ON wide USING hnsw ((arr::vector(3)) vector_l2_ops) WHERE id > 3", "wide.arr"),
        Case("ON wide USING ivfflat ((CASE WHEN id > 3 THEN arr END::vector(3)) vector_l2_ops)", "wide.arr"),
        Case("ON wide USING hnsw ((vs[1]) vector_l2_ops)", "wide.vs"),
        Case("ON wide USING hnsw ((of_text(t)::vector(3)) vector_l2_ops)", "wide.t"),
        // Names that look like a key, a domain, and columns that are gone.
        Case(
            "ON \"odd :varattno 1\" USING hnsw ((vec::halfvec(3)) halfvec_l2_ops) WHERE \":varattno 1\" > 0",
            "odd :varattno 1.vec"
        ),
        Case("ON of_domain USING hnsw ((v::vector(3)) vector_l2_ops) WHERE id IS NULL", "of_domain.v"),
        Case("ON dropped USING hnsw ((v::halfvec(3)) halfvec_l2_ops) WHERE id IS NULL", "dropped.v"),
    ]

    @Test("an index belongs to the column of its key, whatever its predicate names", arguments: TestServer.all)
    func keys(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            let indexes = Self.cases.enumerated().map { "CREATE INDEX i_\($0) \($1.definition);" }
            try await database.execute(Self.tables + indexes.joined(separator: "\n"))
            let snapshot = try await assess(database).snapshot
            var places: [String: [String]] = [:]
            for collection in snapshot.collections {
                for index in collection.relations.flatMap(\.indexes) {
                    places[index.name, default: []].append("\(collection.name.table).\(collection.name.column)")
                }
            }
            for (number, item) in Self.cases.enumerated() {
                #expect(places["i_\(number)"] == [item.collection], "\(item.definition)")
            }
        }
    }

    @Test("a table whose index has a predicate has that index, and gets no second one", arguments: TestServer.all)
    func partial(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE d (id int, deleted_at timestamptz, embedding vector(8));
                INSERT INTO d SELECT g, NULL, array_fill(g::real, ARRAY[8])::vector FROM generate_series(1, 2000) AS g;
                CREATE INDEX ON d USING hnsw ((embedding::halfvec(8)) halfvec_l2_ops) WHERE deleted_at IS NULL;
                """
            )
            try await database.execute("ANALYZE d")
            let act = PolicyLayer(rules: ["unindexed": RuleOverride(mode: .act)])
            let assessment = try await assess(database, layers: [act])
            #expect(!assessment.rules("public.d.embedding").contains("unindexed"))
            #expect(assessment.jobs("public.d.embedding").isEmpty)
        }
    }

    @Test("a column of another type is a collection where a vector index is about it", arguments: TestServer.all)
    func otherTypes(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE arrays (id int, arr real[]);
                CREATE TABLE elements (id int, vs halfvec(4)[]);
                CREATE TABLE without (id int, arr real[], t text);
                CREATE INDEX ON without USING btree ((lower(t)));
                INSERT INTO arrays SELECT g, ARRAY[g, 1, 2]::real[] FROM generate_series(1, 3000) AS g;
                CREATE INDEX by_array ON arrays USING ivfflat ((arr::vector(3)) vector_l2_ops) WITH (lists = 30);
                INSERT INTO arrays SELECT * FROM arrays UNION ALL SELECT * FROM arrays;
                CREATE INDEX by_element ON elements USING hnsw ((vs[1]) halfvec_l2_ops);
                """
            )
            let assessment = try await assess(database)
            let names = assessment.snapshot.collections.map(\.name.description)
            #expect(names == ["public.arrays.arr", "public.elements.vs"])
            let arrays = try assessment.collection("public.arrays.arr")
            #expect(arrays.type == .vector && arrays.dimensions == 3 && arrays.declaredType == "real[]")
            #expect(arrays.rows.value == 9_000)
            #expect(assessment.rules("public.arrays.arr").contains("outgrown"))
            let elements = try assessment.collection("public.elements.vs")
            #expect(elements.type == .halfvec && elements.dimensions == 4)
            #expect(elements.declaredType?.contains("halfvec(4)[]") == true)
        }
    }

    @Test("an index on an expression over an array is rebuilt as it is", arguments: TestServer.all)
    func rebuildOfArray(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE arrays (id int, arr real[]);
                INSERT INTO arrays SELECT g, ARRAY[g, 1, 2]::real[] FROM generate_series(1, 3000) AS g;
                CREATE INDEX by_array ON arrays USING ivfflat ((arr::vector(3)) vector_l2_ops) WITH (lists = 30);
                INSERT INTO arrays SELECT * FROM arrays UNION ALL SELECT * FROM arrays;
                """
            )
            try await carryOut(try await assess(database), on: database)
            let index = try #require(
                try await assess(database).collection("public.arrays.arr").relations[0].indexes.first
            )
            #expect(index.name == "by_array" && index.isUsable && index.expression?.contains("arr") == true)
            #expect(try await !assess(database).rules("public.arrays.arr").contains("outgrown"))
        }
    }

    @Test("partitions of a table with an indexed array are one collection", arguments: TestServer.all)
    func partitionedArray(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE docs (id bigint, arr real[]) PARTITION BY RANGE (id);
                CREATE TABLE docs_1 PARTITION OF docs FOR VALUES FROM (0) TO (100);
                CREATE TABLE docs_2 (extra int, arr real[], id bigint);
                ALTER TABLE docs_2 DROP extra;
                ALTER TABLE docs ATTACH PARTITION docs_2 FOR VALUES FROM (100) TO (200);
                CREATE INDEX ON docs_2 USING hnsw ((arr::vector(3)) vector_l2_ops);
                """
            )
            let docs = try await assess(database).collection("public.docs.arr")
            #expect(docs.isPartitioned && docs.dimensions == 3)
            #expect(docs.relations.map(\.table) == ["docs_1", "docs_2"])
            #expect(docs.relations.map(\.indexes.count) == [0, 1])
        }
    }

    @Test("tables that tools copy into, and vecsteward's own, are no collections", arguments: TestServer.all)
    func workTables(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE SCHEMA repack; CREATE SCHEMA squeeze; CREATE SCHEMA vecsteward;
                CREATE TABLE repack.table_16384 (v vector(3));
                CREATE TABLE repack.log_16384 (v vector(3));
                CREATE TABLE repack.mine (v vector(3));
                CREATE TABLE squeeze.tab_16384 (v vector(3));
                CREATE TABLE vecsteward.trial (v vector(3));
                CREATE TEMPORARY TABLE mine_too (v vector(3));
                CREATE TABLE table_16384 (v vector(3));
                CREATE INDEX ON repack.table_16384 USING hnsw (v vector_l2_ops);
                """
            )
            let names = try await assess(database).snapshot.collections.map(\.name.description)
            #expect(names == ["public.table_16384.v", "repack.mine.v"])
        }
    }

    @Test("an index on a table that others inherit from holds its own rows alone", arguments: TestServer.all)
    func inheritance(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            try await database.execute(
                """
                CREATE TABLE parent (id int, v vector(3));
                CREATE TABLE child () INHERITS (parent);
                INSERT INTO parent SELECT g, '[1,2,3]' FROM generate_series(1, 1500) AS g;
                INSERT INTO child SELECT g, '[1,2,3]' FROM generate_series(1, 2500) AS g;
                CREATE INDEX ON parent USING hnsw (v vector_l2_ops);
                """
            )
            let assessment = try await assess(database)
            let parent = try assessment.collection("public.parent.v")
            let child = try assessment.collection("public.child.v")
            #expect(parent.hasChildren && !child.hasChildren)
            #expect(parent.rows.value == 1_500 && child.rows.value == 2_500)
            #expect(!assessment.rules("public.parent.v").contains("unindexed"))
            #expect(assessment.rules("public.child.v").contains("unindexed"))
        }
    }
}
