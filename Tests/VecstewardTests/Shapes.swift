extension Shape {
    /// Every shape, each of which the report has to be right about.
    static let all = unindexed + healthy + grown + expressions + partial + invalid + several + relations

    private static let unindexed = [
        Shape(title: "empty", sql: "CREATE TABLE $t (id bigint, v vector(3));"),
        Shape(title: "too few rows to need an index", sql: table(600) + "ANALYZE $t;"),
        Shape(title: "no index", sql: table(1_500) + "ANALYZE $t;", finds: ["unindexed"]),
        Shape(title: "never analyzed", sql: table(1_500), finds: ["stale-statistics", "unindexed"]),
        Shape(
            title: "no vector in any row",
            sql: """
                CREATE TABLE $t (id bigint, v vector(3));
                INSERT INTO $t SELECT g FROM generate_series(1, 2000) AS g; ANALYZE $t;
                """
        ),
        Shape(
            title: "a vector in half of the rows",
            sql: """
                CREATE TABLE $t (id bigint, v vector(3));
                INSERT INTO $t SELECT g, CASE WHEN g % 2 = 0 THEN $r END FROM generate_series(1, 3000) AS g; ANALYZE $t;
                """,
            finds: ["unindexed"]
        ),
        Shape(
            title: "a vector in a few of many rows",
            sql: """
                CREATE TABLE $t (id bigint, v vector(3));
                INSERT INTO $t SELECT g, CASE WHEN g % 10 = 0 THEN $r END FROM generate_series(1, 4000) AS g; ANALYZE $t;
                """
        ),
        Shape(
            title: "no dimensions declared",
            sql: """
                CREATE TABLE $t (id bigint, v vector NOT NULL);
                INSERT INTO $t SELECT g, $r FROM generate_series(1, 1500) AS g; ANALYZE $t;
                """,
            finds: ["unindexable"]
        ),
        Shape(
            title: "too many dimensions",
            sql: """
                CREATE TABLE $t (id bigint, v vector(2001) NOT NULL);
                INSERT INTO $t SELECT g, array_fill(g, ARRAY[2001])::vector(2001) FROM generate_series(1, 1100) AS g;
                ANALYZE $t;
                """,
            finds: ["unindexable"],
            namings: [.plain]
        ),
        Shape(
            title: "dropped columns before the vector",
            sql: """
                CREATE TABLE $t (a text, b text, id bigint, v vector(3) NOT NULL); ALTER TABLE $t DROP COLUMN a, DROP COLUMN b;
                INSERT INTO $t SELECT g, $r FROM generate_series(1, 1500) AS g; ANALYZE $t;
                """,
            finds: ["unindexed"]
        ),
    ]

    private static let healthy = [
        Shape(title: "hnsw, cosine", sql: table(1_200) + "CREATE INDEX ON $t USING hnsw (v vector_cosine_ops);"),
        Shape(title: "hnsw, L2", sql: table(1_200) + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops);"),
        Shape(title: "hnsw, inner product", sql: table(1_200) + "CREATE INDEX ON $t USING hnsw (v vector_ip_ops);"),
        Shape(title: "hnsw, L1", sql: table(1_200) + "CREATE INDEX ON $t USING hnsw (v vector_l1_ops);"),
        Shape(
            title: "hnsw with parameters",
            sql: table(1_200) + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops) WITH (m = 24, ef_construction = 100);"
        ),
        Shape(
            title: "hnsw with one of two parameters",
            sql: table(1_200) + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops) WITH (ef_construction = 100);"
        ),
        Shape(
            title: "ivfflat, cosine",
            sql: table(1_600) + "CREATE INDEX ON $t USING ivfflat (v vector_cosine_ops) WITH (lists = 30);"
        ),
        Shape(
            title: "ivfflat with nothing written out",
            sql: table(5_200) + "CREATE INDEX ON $t USING ivfflat (v);",
            namings: [.plain, .quoted]
        ),
        Shape(
            title: "an index with a comment and a name like one of vecs",
            sql: table(1_600)
                + "CREATE INDEX ix_vector_cosine_ops_ivfflat_$n ON $t USING ivfflat (v vector_cosine_ops) WITH (lists = 30);"
                + "COMMENT ON INDEX ix_vector_cosine_ops_ivfflat_$n IS 'it''s \"mine\"';"
        ),
        Shape(
            title: "halfvec",
            sql: """
                CREATE TABLE $t (id bigint, v halfvec(3) NOT NULL);
                INSERT INTO $t SELECT g, $r::halfvec(3) FROM generate_series(1, 1200) AS g;
                CREATE INDEX ON $t USING hnsw (v halfvec_l2_ops);
                """
        ),
        Shape(
            title: "bits",
            sql: """
                CREATE TABLE $t (id bigint, v bit(8) NOT NULL);
                INSERT INTO $t SELECT g, (g % 256)::bit(8) FROM generate_series(1, 1200) AS g;
                CREATE INDEX ON $t USING hnsw (v bit_hamming_ops);
                """
        ),
        Shape(
            title: "sparse vectors",
            sql: """
                CREATE TABLE $t (id bigint, v sparsevec(10) NOT NULL);
                INSERT INTO $t SELECT g, ('{1:' || g || ',3:' || g % 7 + 1 || '}/10')::sparsevec FROM generate_series(1, 1200) AS g;
                CREATE INDEX ON $t USING hnsw (v sparsevec_l2_ops);
                """
        ),
    ]

    private static let grown = [
        Shape(
            title: "outgrown",
            sql: table(1_600) + "CREATE INDEX ON $t USING ivfflat (v vector_l2_ops) WITH (lists = 30);" + more(1_700),
            finds: ["outgrown", "stale-statistics"]
        ),
        Shape(
            title: "twice the rows and no more",
            sql: table(1_600) + "CREATE INDEX ON $t USING ivfflat (v vector_l2_ops) WITH (lists = 30);" + more(1_600)
        ),
        Shape(
            title: "ivfflat built on an empty table",
            sql: table(0) + "CREATE INDEX ON $t USING ivfflat (v vector_l2_ops) WITH (lists = 30);" + more(2_000),
            finds: ["built-too-early", "stale-statistics"]
        ),
        Shape(
            title: "ivfflat built on too few rows for its lists",
            sql: table(1_600) + "CREATE INDEX ON $t USING ivfflat (v vector_l2_ops) WITH (lists = 100);",
            finds: ["built-too-early"]
        ),
        Shape(
            title: "rows that are not in the index since they have no direction",
            sql: table(1_600)
                + "INSERT INTO $t SELECT g, '[0,0,0]' FROM generate_series(1, 1500) AS g;"
                + "CREATE INDEX ON $t USING ivfflat (v vector_cosine_ops) WITH (lists = 30);"
        ),
        Shape(
            title: "hnsw that has grown",
            sql: table(1_200) + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops);" + more(1_000)
        ),
    ]
}
