import Foundation

extension Shape {
    /// Makes an index invalid as a build does that was cancelled at its very end.
    private static let invalidate =
        "UPDATE pg_index SET indisvalid = FALSE WHERE indexrelid = (SELECT oid FROM pg_class WHERE relname = '$n');"

    /// Indexes that no query uses.
    static let invalid = [
        Shape(
            title: "an invalid index and no other",
            sql: table(1_500) + "CREATE INDEX $n ON $t USING hnsw (v vector_l2_ops) WITH (m = 24); ANALYZE $t;",
            superuserSQL: invalidate,
            finds: ["invalid", "unindexed"]
        ),
        Shape(
            title: "an invalid index beside a valid one",
            sql: table(1_500) + "CREATE INDEX $n ON $t USING hnsw (v vector_l2_ops);"
                + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops);",
            superuserSQL: invalidate,
            finds: ["invalid"]
        ),
    ]

    /// Several indexes on one column.
    static let several = [
        Shape(
            title: "two indexes alike",
            sql: table(1_200)
                + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops); CREATE INDEX $n ON $t USING hnsw (v vector_l2_ops);",
            finds: ["redundant"]
        ),
        Shape(
            title: "two distance metrics",
            sql: table(1_200) + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops);"
                + "CREATE INDEX $n ON $t USING hnsw (v vector_cosine_ops);"
        ),
        Shape(
            title: "two access methods, which are a choice",
            sql: table(1_600) + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops);"
                + "CREATE INDEX $n ON $t USING ivfflat (v vector_l2_ops) WITH (lists = 30);",
            // It says that they are a choice, and advises neither.
            finds: ["redundant"]
        ),
        Shape(
            title: "an access method that is not pgvector's",
            sql: table(1_200)
                + "CREATE INDEX ON $t USING hnsw (v vector_cosine_ops); CREATE INDEX $n ON $t USING diskann (v);"
        ),
        Shape(
            title: "an index on a part beside one on all",
            sql: table(1_200) + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops);"
                + "CREATE INDEX $n ON $t USING hnsw (v vector_l2_ops) WHERE id > 600;"
        ),
    ]

    /// Kinds of tables, and what stands beside them.
    static let relations = [
        Shape(
            title: "unlogged",
            sql: table(1_600).replacingOccurrences(of: "CREATE TABLE", with: "CREATE UNLOGGED TABLE")
                + "CREATE INDEX ON $t USING ivfflat (v vector_l2_ops) WITH (lists = 30);"
        ),
        Shape(
            title: "materialized view",
            sql: """
                CREATE TABLE $n (id bigint); INSERT INTO $n SELECT generate_series(1, 1200);
                CREATE MATERIALIZED VIEW $t AS SELECT id, $r AS v FROM $n;
                CREATE INDEX ON $t USING hnsw (v vector_l2_ops);
                """
        ),
        Shape(
            title: "row security, which nobody gets round",
            sql: table(1_600) + "CREATE INDEX ON $t USING ivfflat (v vector_l2_ops) WITH (lists = 30);"
                + """
                CREATE POLICY mine ON $t USING (current_setting('app.tenant')::int > 0);
                ALTER TABLE $t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
                """
        ),
        Shape(
            title: "partitioned",
            sql: """
                CREATE TABLE $t (id bigint, v vector(3) NOT NULL) PARTITION BY HASH (id);
                CREATE TABLE $n_0 PARTITION OF $t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                CREATE TABLE $n_1 PARTITION OF $t FOR VALUES WITH (MODULUS 2, REMAINDER 1);
                INSERT INTO $t SELECT g, $r FROM generate_series(1, 4000) AS g;
                CREATE INDEX ON $t USING ivfflat (v vector_l2_ops) WITH (lists = 30);
                """
        ),
        Shape(
            title: "partitioned, with an index on one partition",
            sql: """
                CREATE TABLE $t (id bigint, v vector(3) NOT NULL) PARTITION BY HASH (id);
                CREATE TABLE $n_0 PARTITION OF $t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                CREATE TABLE $n_1 PARTITION OF $t FOR VALUES WITH (MODULUS 2, REMAINDER 1);
                INSERT INTO $t SELECT g, $r FROM generate_series(1, 4000) AS g;
                CREATE INDEX ON $n_0 USING hnsw (v vector_l2_ops); ANALYZE $t;
                """,
            finds: ["unindexed"]
        ),
        Shape(
            title: "partitioned, with an index that lacks a partition",
            sql: """
                CREATE TABLE $t (id bigint, v vector(3) NOT NULL) PARTITION BY HASH (id);
                CREATE TABLE $n_0 PARTITION OF $t FOR VALUES WITH (MODULUS 2, REMAINDER 0);
                CREATE TABLE $n_1 PARTITION OF $t FOR VALUES WITH (MODULUS 2, REMAINDER 1);
                INSERT INTO $t SELECT g, $r FROM generate_series(1, 4000) AS g;
                CREATE INDEX $n_all ON ONLY $t USING hnsw (v vector_l2_ops);
                CREATE INDEX $n_0_v ON $n_0 USING hnsw (v vector_l2_ops);
                ALTER INDEX $n_all ATTACH PARTITION $n_0_v; ANALYZE $t;
                """,
            finds: ["invalid", "unindexed"]
        ),
        Shape(
            title: "partitioned, with a foreign partition",
            sql: """
                CREATE TABLE $t (id bigint, v vector(3) NOT NULL) PARTITION BY LIST (id);
                CREATE TABLE $n_0 PARTITION OF $t DEFAULT;
                INSERT INTO $t SELECT g, $r FROM generate_series(1, 1500) AS g;
                CREATE INDEX $n_0_v ON $n_0 USING hnsw (v vector_l2_ops); ANALYZE $n_0;
                """,
            // An index that was valid before there was a foreign partition stays so.
            superuserSQL: """
                CREATE FOREIGN TABLE $n_1 PARTITION OF $t FOR VALUES IN (-1) SERVER elsewhere;
                CREATE INDEX $n_all ON ONLY $t USING hnsw (v vector_l2_ops); ALTER INDEX $n_all ATTACH PARTITION $n_0_v;
                """,
            finds: ["invalid"],
            namings: [.plain, .quoted]
        ),
        Shape(
            title: "a child table by inheritance",
            sql: table(1_200) + """
                CREATE INDEX ON $t USING hnsw (v vector_l2_ops);
                CREATE TABLE $n_child () INHERITS ($t);
                INSERT INTO $n_child SELECT g, $r FROM generate_series(1, 1500) AS g; ANALYZE $n_child;
                """,
            others: ["_child": ["unindexed"]]
        ),
        Shape(
            title: "a work table of pg_repack",
            sql: table(1_200) + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops);",
            superuserSQL:
                "CREATE TABLE repack.table_1$n AS TABLE $t; ALTER TABLE repack.table_1$n OWNER TO CURRENT_USER;",
            namings: [.plain]
        ),
        Shape(
            title: "an index in another tablespace",
            sql: table(1_600) + "CREATE INDEX $n ON $t USING ivfflat (v vector_l2_ops) WITH (lists = 30);",
            superuserSQL: "ALTER INDEX $n SET TABLESPACE $s;"
        ),
        Shape(
            title: "an index that depends on an extension",
            sql: table(1_600) + "CREATE INDEX $n ON $t USING ivfflat (v vector_l2_ops) WITH (lists = 30);",
            superuserSQL: "ALTER INDEX $n DEPENDS ON EXTENSION vector;"
        ),
    ]
}
