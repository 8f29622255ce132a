import Advisor
import DatabaseFixture
import Postgres
import Testing

@testable import Maintenance

/// What is read of a search, by how it is written.
@Suite(
    "Searches in pg_stat_statements",
    .enabled(if: TestServer.canCountStatements, "PostgreSQL 17 with pg_stat_statements needs root")
)
struct WorkloadTests {
    @Test(
        "have the distance metric of their operator, whatever the type",
        arguments: [
            ("vector(3)", "'[1,2,3]'", "<->", DistanceMetric.l2Distance),
            ("vector(3)", "'[1,2,3]'", "<#>", .maxInnerProduct),
            ("halfvec(3)", "'[1,2,3]'", "<=>", .cosineDistance),
            ("sparsevec(3)", "'{1:1}/3'", "<+>", .l1Distance),
            ("bit(3)", "B'101'", "<~>", .hammingDistance),
            ("bit(3)", "B'101'", "<%>", .jaccardDistance),
        ]
    )
    func operators(type: String, value: String, operation: String, metric: DistanceMetric) async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                CREATE TABLE typed (id bigint, v \(type));
                CREATE INDEX ON typed USING hnsw (v \(type.prefix { $0 != "(" })_\(Self.classes[operation] ?? "")_ops);
                INSERT INTO typed SELECT g, \(value) FROM generate_series(1, 10) AS g;
                SELECT id FROM typed ORDER BY v \(operation) \(value) LIMIT 5;
                SELECT id FROM typed ORDER BY v \(operation) \(value) LIMIT 5;
                """
            )
            let search = try await database.searches("public.typed.v").one()
            #expect(search.shape == SearchShape(distanceMetric: metric))
            #expect(search.source == .statements)
            #expect(search.role == (try database.user(.application)))
            #expect(search.usage.calls == 2)
            #expect(search.usage.rowsPerCall == 5)
            #expect(search.usage.milliseconds > 0)
            #expect(search.usage.blocksHit > 0)
            #expect(try #require(search.usage.seconds) >= 0)
        }
    }

    private static let classes = [
        "<->": "l2", "<#>": "ip", "<=>": "cosine", "<+>": "l1", "<~>": "hamming", "<%>": "jaccard",
    ]

    @Test(
        "compare what an index on the same expression is on",
        arguments: [
            ("(embedding::halfvec(3)) halfvec_l2_ops", "embedding::halfvec(3) <-> '[1,2,3]'"),
            ("(embedding::halfvec(3)) halfvec_l2_ops", "CAST(items.embedding AS halfvec(3)) <-> '[1,2,3]'"),
            (
                "(binary_quantize(embedding)::bit(3)) bit_hamming_ops",
                "binary_quantize(embedding)::bit(3) <~> binary_quantize('[1,-2,3]'::vector)"
            ),
            (
                "(subvector(embedding, 1, 2)::vector(2)) vector_cosine_ops",
                "subvector(embedding, 1, 2)::vector(2) <=> '[1,2]'"
            ),
        ]
    )
    func casts(key: String, order: String) async throws {
        try await withCountedStatements { database in
            try await database.execute(
                "CREATE INDEX items_idx ON items USING hnsw (\(key)); SELECT id FROM items ORDER BY \(order) LIMIT 3"
            )
            let collection = try await assess(database).collection(itemsName)
            let search = try collection.searches.one()
            #expect(search.shape.searched != .column)
            #expect(collection.service(of: search.shape) == .served(by: ["items_idx"]))
        }
    }

    @Test("have their conditions without constants, and say which a B-tree would serve")
    func filters() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                CREATE TABLE owners (id int, name text);
                SELECT id FROM items WHERE tenant = 1 AND meta ->> 'k' = 'v' AND meta @> '{"k": "v"}' AND live
                    AND NOT live AND meta IS NULL AND tenant IS NOT NULL AND id < 7 AND 3 < id AND 4 = id
                    ORDER BY embedding <=> '[1,2,3]' LIMIT 4;
                SELECT i.id FROM items i JOIN owners o ON o.id = i.tenant WHERE o.name = 'x'
                    ORDER BY i.embedding <-> '[1,2,3]' LIMIT 4;
                """
            )
            let searches = try await database.searches()
            let filtered = try searches.filter { $0.shape.distanceMetric == .cosineDistance }.one()
            #expect(
                filtered.shape.filters == [
                    SearchFilter("tenant = ?", columns: ["tenant"], isEquality: true),
                    SearchFilter("(meta ->> ?) = ?", columns: ["meta"]),
                    SearchFilter("meta @> ?", columns: ["meta"], test: .other, operation: "@>"),
                    SearchFilter("live", columns: ["live"], test: .isTrue),
                    SearchFilter("NOT live", columns: ["live"], test: .isFalse),
                    SearchFilter("meta IS NULL", columns: ["meta"], test: .isNull),
                    SearchFilter("tenant IS NOT NULL", columns: ["tenant"], test: .isNotNull),
                    SearchFilter("id < ?", columns: ["id"], test: .other, operation: "<"),
                    SearchFilter("? < id", columns: ["id"], test: .other),
                    SearchFilter("? = id", columns: ["id"], isEquality: true),
                ]
            )
            let joined = try searches.filter { $0.shape.distanceMetric == .l2Distance }.one()
            #expect(Set(joined.shape.filters.map(\.columns)) == [["tenant"], []])
            #expect(joined.usage.rowsPerCall == 0)
        }
    }

    @Test("say what keeps an index from them")
    func obstacles() async throws {
        let searches: [(sql: String, shape: SearchShape)] = [
            (
                "SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' DESC LIMIT 1",
                SearchShape(distanceMetric: .l2Distance, obstacles: [.descending])
            ),
            (
                "SELECT id FROM items ORDER BY embedding <#> '[1,2,3]'",
                SearchShape(distanceMetric: .maxInnerProduct, limit: .all, obstacles: [.noLimit])
            ),
            (
                "SELECT id, 1 - (embedding <=> '[1,2,3]') AS score FROM items ORDER BY score DESC LIMIT 1",
                SearchShape(distanceMetric: .cosineDistance, obstacles: [.descending, .withinExpression])
            ),
            (
                "SELECT id FROM items ORDER BY tenant, l1_distance(embedding, '[1,2,3]') LIMIT 1",
                SearchShape(distanceMetric: .l1Distance, obstacles: [.anotherKeyFirst, .function])
            ),
        ]
        try await withCountedStatements { database in
            for search in searches { try await database.execute(search.sql) }
            try await database.execute("SELECT id FROM items WHERE embedding <+> '[1,2,3]' < 5")
            let shapes = Set(try await database.searches().map(\.shape))
            for search in searches { #expect(shapes.contains(search.shape), "\(search.sql): \(shapes)") }
            let radius = try #require(shapes.first { $0.kind == .radius })
            #expect(radius.distanceMetric == .l1Distance)
            #expect(shapes.count == 5)
        }
    }

    @Test("of prepared statements are counted by execution, and those of cursors have no rows of their own")
    func preparedAndCursors() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                PREPARE near (vector) AS SELECT id FROM items WHERE tenant = 1 ORDER BY embedding <-> $1 LIMIT 3;
                EXECUTE near ('[1,2,3]');
                EXECUTE near ('[3,2,1]');
                BEGIN;
                DECLARE c CURSOR FOR SELECT id FROM items ORDER BY embedding <#> '[1,2,3]';
                FETCH 5 FROM c;
                COMMIT;
                """
            )
            let searches = try await database.searches()
            #expect(searches.count == 2)
            let prepared = try #require(searches.first { $0.shape.distanceMetric == .l2Distance })
            #expect(prepared.usage.calls == 2)
            #expect(prepared.usage.rowsPerCall == 3)
            #expect(prepared.shape.filters.map(\.columns) == [["tenant"]])
            #expect(prepared.shape.limit != .all)
            let cursor = try #require(searches.first { $0.shape.distanceMetric == .maxInnerProduct })
            #expect(cursor.usage.calls == 1)
            #expect(cursor.usage.rowsPerCall == nil)
            #expect(cursor.shape.obstacles == [])
        }
    }

    @Test("through views are about the table behind them")
    func views() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                CREATE VIEW "Near" AS SELECT id, embedding AS vec, tenant FROM items WHERE live;
                CREATE VIEW farther AS SELECT id AS n, vec AS "V" FROM "Near";
                SELECT id FROM "Near" WHERE tenant = 1 ORDER BY vec <=> '[1,2,3]' LIMIT 2;
                SELECT n FROM farther ORDER BY "V" <-> '[1,2,3]' LIMIT 2;
                """
            )
            let searches = try await database.searches()
            #expect(Set(searches.map(\.source)) == [.view("Near"), .view("farther")])
            #expect(searches.allSatisfy { $0.usage.rowsPerCall == 2 })
            #expect(Set(searches.map(\.shape.distanceMetric)) == [.cosineDistance, .l2Distance])
        }
    }

    @Test("are none where a function is only created")
    func creatingFunctions() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                CREATE FUNCTION near(v vector) RETURNS bigint LANGUAGE sql
                    RETURN (SELECT id FROM items ORDER BY embedding <=> v LIMIT 1);
                CREATE FUNCTION nearest(v vector) RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT near(v); END;
                """
            )
            #expect(try await database.searches() == [])
        }
    }

    @Test("are none where a view is only created, as for the proof of an index or for a measurement")
    func creatingViews() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                CREATE TEMPORARY VIEW near AS SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 1;
                CREATE VIEW nearest AS SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 1;
                """
            )
            #expect(try await database.searches() == [])
        }
    }

    @Test("are none where a statement is only explained")
    func explaining() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                CREATE FUNCTION near(v vector) RETURNS SETOF bigint LANGUAGE sql
                    AS 'SELECT id FROM items ORDER BY embedding <#> v LIMIT 1';
                EXPLAIN SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 1;
                EXPLAIN (ANALYZE FALSE, COSTS OFF) SELECT id FROM items ORDER BY embedding <+> '[1,2,3]' LIMIT 1;
                EXPLAIN SELECT near('[1,2,3]');
                EXPLAIN (ANALYZE) SELECT id FROM items ORDER BY embedding <-> '[1,2,3]' LIMIT 1;
                """
            )
            let search = try await database.searches().one()
            #expect(search.shape.distanceMetric == .l2Distance, "ANALYZE runs its query")
            #expect(search.usage.rowsPerCall == nil)
        }
    }

    @Test("within a distance are told from others, and conditions that all rows meet are none")
    func conditions() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                SELECT id FROM items WHERE embedding <=> '[1,2,3]' < 0.5 ORDER BY embedding <=> '[1,2,3]' LIMIT 1;
                SELECT id FROM items WHERE TRUE AND 1 = 1 ORDER BY embedding <-> '[1,2,3]' LIMIT 1;
                """
            )
            let searches = try await database.searches()
            #expect(searches.count == 2 && searches.allSatisfy { $0.shape.filters == [] }, "\(searches.map(\.shape))")
            let within = searches.filter(\.shape.isWithinDistance)
            #expect(try within.one().shape.distanceMetric == .cosineDistance)
        }
    }

    @Test("take their LIMIT from sessions that show it, if the server says which of the counted ones those run")
    func limits() async throws {
        try await withCountedStatements { database in
            func search(_ limit: Int, _ comment: String = "") -> Statement {
                let sql =
                    "SELECT id \(comment) FROM items WHERE tenant = 1 ORDER BY embedding <=> '[1,2,3]' LIMIT \(limit)"
                return Statement(sql)
            }
            var session = try await database.connect(as: .application)
            _ = try await session.query(search(7))
            _ = try await session.query("SELECT pg_catalog.pg_stat_force_next_flush()")
            // Its last text is another one.
            let assessor = try await database.assessor()
            #expect(try await assessor.assess().searches().one().rowsAsked == nil)
            _ = try await session.query(search(7))
            var seen = try await assessor.assess().searches().one()
            #expect(seen.rowsAsked == 7 && seen.shape.limit == .some && seen.usage.calls == 2, "\(seen)")
            #expect(seen.source == .statements)
            // What was seen stays known.
            _ = try await session.query("SELECT 1")
            #expect(try await assessor.assess().searches().one().rowsAsked == 7)
            _ = try await session.query(search(3, "/* other */"))
            seen = try await assessor.assess().searches().one()
            #expect(seen.rowsAsked == nil && seen.limitsSeen == [3, 7], "\(seen)")
            // What is not counted any more takes no room of others, from when names are read anew.
            try await database.resetStatements()
            #expect(assessor.workload.current.limits.count == 1)
            var memory = assessor.workload.current
            memory.refreshedAt = nil
            assessor.workload.keep(memory)
            _ = try await assessor.assess()
            #expect(assessor.workload.current.limits.isEmpty)
            withExtendedLifetime(session.isUsable) {}
        }
    }

    @Test("through views have the filters of the views")
    func filteringViews() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                CREATE TABLE owners (owner int, region text);
                CREATE VIEW mine AS SELECT id AS n, embedding AS vec, tenant AS t FROM items WHERE live AND tenant <> 7;
                CREATE VIEW wider AS SELECT n AS m, vec AS v, t AS "T" FROM mine WHERE t > 0;
                CREATE VIEW joined AS
                SELECT items.id, items.embedding, owners.region
                FROM items JOIN owners ON owners.owner = items.tenant WHERE owners.region = 'x' AND items.tenant = 1;
                SELECT m FROM wider WHERE "T" = 1 ORDER BY v <=> '[1,2,3]' LIMIT 2;
                SELECT id FROM joined WHERE region = 'x' ORDER BY embedding <=> '[1,2,3]' LIMIT 2;
                """
            )
            let searches = try await database.searches()
            let wider = try searches.filter { $0.source == .view("wider") }.one()
            #expect(Set(wider.shape.filters.flatMap(\.columns)) == ["tenant", "live"])
            #expect(wider.shape.filters.first { $0.isEquality }?.columns == ["tenant"])
            #expect(wider.shape.filters.count == 4)
            let joined = try searches.filter { $0.source == .view("joined") }.one()
            #expect(joined.shape.filters.first { $0.isEquality && !$0.columns.isEmpty }?.columns == ["tenant"])
            #expect(Set(joined.shape.filters.flatMap(\.columns)) == ["tenant"])
        }
    }

    @Test("of a partitioned table and of its partitions are those of one collection")
    func partitioned() async throws {
        try await withCountedStatements { database in
            try await database.execute(
                """
                CREATE TABLE parted (id bigint, v vector(3)) PARTITION BY RANGE (id);
                CREATE TABLE low PARTITION OF parted FOR VALUES FROM (0) TO (100);
                CREATE TABLE high PARTITION OF parted FOR VALUES FROM (100) TO (200) PARTITION BY LIST (id);
                CREATE TABLE high_1 PARTITION OF high DEFAULT;
                SELECT id FROM parted ORDER BY v <-> '[1,2,3]' LIMIT 2;
                SELECT id FROM low ORDER BY v <-> '[1,2,3]' LIMIT 2;
                SELECT id FROM high ORDER BY v <-> '[1,2,3]' LIMIT 2;
                SELECT id FROM high_1 ORDER BY v <=> '[1,2,3]' LIMIT 2;
                """
            )
            let searches = try await database.searches("public.parted.v")
            #expect(searches.map(\.shape.distanceMetric) == [.l2Distance, .cosineDistance])
            #expect(searches.map(\.usage.calls) == [3, 1])
        }
    }

    @Test("find tables whose names need quotes, by the search path of whoever runs them")
    func names() async throws {
        try await withCountedStatements { database in
            let role = Identifier(try database.user(.application))
            try await database.execute(
                """
                CREATE SCHEMA "my.""Data";
                CREATE TABLE "my.""Data"."It""ems" (id bigint, "Vec""tor 🐘" vector(3));
                CREATE SCHEMA own;
                CREATE TABLE own.items (id bigint, embedding vector(3));
                SELECT id FROM "my.""Data"."It""ems" AS "a.b" ORDER BY "a.b"."Vec""tor 🐘" <-> '[1,2,3]' LIMIT 1;
                SELECT id FROM U&"it\\0065ms" ORDER BY embedding <#> '[1,2,3]' LIMIT 1;
                """
            )
            try await database.administer(
                """
                ALTER ROLE \(role) IN DATABASE \(Identifier(database.name)) SET search_path = "my.""Data", OWN, public;
                SELECT id FROM items ORDER BY embedding <=> '[1,2,3]' LIMIT 1;
                """
            )
            try await database.execute("SELECT id FROM items ORDER BY embedding <+> '[1,2,3]' LIMIT 1")
            let assessment = try await assess(database)
            let quoted = try assessment.searches(#"my."Data.It"ems.Vec"tor 🐘"#).one()
            #expect(quoted.shape == SearchShape(distanceMetric: .l2Distance))
            #expect(try assessment.searches("own.items.embedding").map(\.shape.distanceMetric).contains(.l1Distance))
            #expect(try assessment.searches().one().shape.distanceMetric == .cosineDistance)
        }
    }
}
