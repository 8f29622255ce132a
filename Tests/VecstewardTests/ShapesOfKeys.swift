import Foundation

extension Shape {
    /// Indexes on something else than the plain column.
    static let expressions = [
        Shape(title: "a cast", sql: table(1_200) + "CREATE INDEX ON $t USING hnsw ((v::halfvec(3)) halfvec_l2_ops);"),
        Shape(
            title: "a cast, by ivfflat, outgrown",
            sql: table(1_600) + "CREATE INDEX ON $t USING ivfflat ((v::halfvec(3)) halfvec_l2_ops) WITH (lists = 30);"
                + more(1_700),
            finds: ["outgrown", "stale-statistics"]
        ),
        Shape(
            title: "casts in casts",
            sql: table(1_200) + "CREATE INDEX ON $t USING hnsw ((v::halfvec(3)::vector(3)) vector_cosine_ops);"
        ),
        Shape(
            title: "a part of the vector",
            sql: table(1_200) + "CREATE INDEX ON $t USING hnsw ((subvector(v, 1, 2)::vector(2)) vector_l2_ops);"
        ),
        Shape(
            title: "a quantized vector",
            sql: table(1_200) + "CREATE INDEX ON $t USING hnsw ((binary_quantize(v)::bit(3)) bit_hamming_ops);"
        ),
        Shape(
            title: "an expression over a column to the left too",
            sql: table(1_200, "lang text", values: "'en'")
                + "CREATE INDEX ON $t USING hnsw ((CASE WHEN lang = 'en' THEN v END::vector(3)) vector_l2_ops);"
        ),
        Shape(
            title: "a statistics target on a cast",
            sql: table(1_200) + "CREATE INDEX $n ON $t USING hnsw ((v::halfvec(3)) halfvec_l2_ops);"
                + "ALTER INDEX $n ALTER COLUMN 1 SET STATISTICS 500; COMMENT ON INDEX $n IS 'tuned';"
        ),
        Shape(
            title: "a column without dimensions, indexed by a cast",
            sql: """
                CREATE TABLE $t (id bigint, v vector NOT NULL);
                INSERT INTO $t SELECT g, $r FROM generate_series(1, 1200) AS g;
                CREATE INDEX ON $t USING hnsw ((v::vector(3)) vector_l2_ops);
                """
        ),
        Shape(
            title: "a column without dimensions, indexed where it has three",
            sql: """
                CREATE TABLE $t (id bigint, v vector NOT NULL);
                INSERT INTO $t SELECT g, $r FROM generate_series(1, 1200) AS g;
                CREATE INDEX ON $t USING hnsw ((v::vector(3)) vector_l2_ops) WHERE vector_dims(v) = 3;
                """
        ),
        Shape(
            title: "a domain",
            sql: """
                CREATE DOMAIN $n AS vector(3);
                CREATE TABLE $t (id bigint, v $n NOT NULL);
                INSERT INTO $t SELECT g, $r FROM generate_series(1, 1500) AS g; ANALYZE $t;
                """,
            finds: ["unindexable"]
        ),
        Shape(
            title: "an array of numbers, indexed by a cast",
            sql: """
                CREATE TABLE $t (id bigint, v real[] NOT NULL);
                INSERT INTO $t SELECT g, ARRAY[random(), random(), random()] FROM generate_series(1, 1200) AS g;
                CREATE INDEX ON $t USING hnsw ((v::vector(3)) vector_l2_ops);
                """
        ),
        Shape(
            title: "an array of numbers, without an index",
            sql: """
                CREATE TABLE $t (id bigint, v real[] NOT NULL);
                INSERT INTO $t SELECT g, ARRAY[random(), random(), random()] FROM generate_series(1, 1200) AS g; ANALYZE $t;
                """,
            isCollection: false
        ),
        Shape(
            title: "an element of an array of vectors",
            sql: """
                CREATE TABLE $t (id bigint, v vector(3)[] NOT NULL);
                INSERT INTO $t SELECT g, ARRAY[$r] FROM generate_series(1, 1200) AS g;
                CREATE INDEX ON $t USING hnsw ((v[1]::vector(3)) vector_l2_ops);
                """
        ),
    ]

    /// Indexes on a part of the rows.
    static let partial = [
        Shape(
            title: "a predicate over a column to the left",
            sql: table(1_200, "deleted_at timestamptz")
                .replacingOccurrences(of: "SELECT g, $r", with: "SELECT g, NULL, $r")
                + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops) WHERE deleted_at IS NULL;"
        ),
        Shape(
            title: "a predicate over several columns",
            sql: table(1_200, "lang text, live boolean", values: "'en', TRUE")
                + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops) WHERE lang = 'en' AND live AND id > 0;"
        ),
        Shape(
            title: "a predicate on a cast",
            sql: table(1_200, "live boolean", values: "TRUE")
                + "CREATE INDEX ON $t USING hnsw ((v::halfvec(3)) halfvec_ip_ops) WHERE live;"
        ),
        Shape(
            title: "an index on a tenth of the rows",
            sql: table(3_000, "published boolean", values: "g % 10 = 0")
                + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops) WHERE published; ANALYZE $t;",
            finds: ["unindexed"]
        ),
        Shape(
            title: "an index on most of the rows",
            sql: table(3_000, "published boolean", values: "g % 10 > 0")
                + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops) WHERE published; ANALYZE $t;"
        ),
        Shape(
            title: "indexes on one half of the rows each",
            sql: table(3_000, "tenant int", values: "g % 2")
                + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops) WHERE tenant = 0;"
                + "CREATE INDEX ON $t USING hnsw (v vector_l2_ops) WHERE tenant = 1; ANALYZE $t;"
        ),
        Shape(
            title: "ivfflat on a part of the rows, whose lists are for that part",
            sql: table(4_000, "published boolean", values: "g % 2 = 0")
                + "CREATE INDEX ON $t USING ivfflat (v vector_l2_ops) WITH (lists = 30) WHERE published; ANALYZE $t;",
            finds: ["unindexed"]
        ),
    ]
}
