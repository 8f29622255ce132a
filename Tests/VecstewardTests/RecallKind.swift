import Testing

/// A column and an index on it.
struct RecallKind: Sendable, CustomTestStringConvertible {
    var column: String
    var method: String
    /// What the index is on.
    var key = "v"
    var operatorClass: String
    var distance: String
    /// A random value of the column in SQL; `n` is the number of the row.
    var value: String
    /// The rows that a partial index has.
    var predicate = "true"

    var testDescription: String { "\(method) \(operatorClass) on \(column)" }

    /// Small whole numbers: equal distances are exactly equal, and others differ by far more than a Float's last digits.
    private static let numbers = "SELECT floor(random() * 5) - 2 FROM generate_series(1, 6) WHERE n = n"
    private static let dense = "(SELECT array_agg(x) FROM (\(numbers)) AS numbers (x))::vector(6)"
    private static let sparse = "(\(dense))::sparsevec(6)"
    private static let bits =
        "(SELECT string_agg((random() < 0.4)::int::text, '') FROM generate_series(1, 12) WHERE n = n)::bit(12)"

    static let all: [RecallKind] =
        [("l2", "<->"), ("cosine", "<=>"), ("ip", "<#>")].flatMap { metric, sign in
            [
                RecallKind(
                    column: "vector(6)",
                    method: "ivfflat",
                    operatorClass: "vector_\(metric)_ops",
                    distance: sign,
                    value: dense
                ),
                RecallKind(
                    column: "vector(6)",
                    method: "hnsw",
                    operatorClass: "vector_\(metric)_ops",
                    distance: sign,
                    value: dense
                ),
                RecallKind(
                    column: "halfvec(6)",
                    method: "ivfflat",
                    operatorClass: "halfvec_\(metric)_ops",
                    distance: sign,
                    value: dense
                ),
                RecallKind(
                    column: "sparsevec(6)",
                    method: "hnsw",
                    operatorClass: "sparsevec_\(metric)_ops",
                    distance: sign,
                    value: sparse
                ),
                RecallKind(
                    column: "vector(6)",
                    method: "hnsw",
                    key: "(v::halfvec(6))",
                    operatorClass: "halfvec_\(metric)_ops",
                    distance: sign,
                    value: dense
                ),
            ]
        } + [
            RecallKind(
                column: "vector(6)",
                method: "hnsw",
                operatorClass: "vector_l1_ops",
                distance: "<+>",
                value: dense
            ),
            RecallKind(
                column: "bit(12)",
                method: "hnsw",
                operatorClass: "bit_hamming_ops",
                distance: "<~>",
                value: bits
            ),
            RecallKind(
                column: "bit(12)",
                method: "hnsw",
                operatorClass: "bit_jaccard_ops",
                distance: "<%>",
                value: bits
            ),
            RecallKind(
                column: "bit(12)",
                method: "ivfflat",
                operatorClass: "bit_hamming_ops",
                distance: "<~>",
                value: bits
            ),
            RecallKind(
                column: "vector(6)",
                method: "hnsw",
                key: "(binary_quantize(v)::bit(6))",
                operatorClass: "bit_hamming_ops",
                distance: "<~>",
                value: dense
            ),
            RecallKind(
                column: "vector(6)",
                method: "ivfflat",
                key: "(subvector(v, 1, 3)::vector(3))",
                operatorClass: "vector_l2_ops",
                distance: "<->",
                value: dense
            ),
            RecallKind(
                column: "vector(6)",
                method: "ivfflat",
                operatorClass: "vector_cosine_ops",
                distance: "<=>",
                value: dense,
                predicate: "id % 3 > 0"
            ),
            RecallKind(
                column: "vector(6)",
                method: "hnsw",
                key: "(v::halfvec(6))",
                operatorClass: "halfvec_l2_ops",
                distance: "<->",
                value: dense,
                predicate: "v IS NOT NULL AND id > 20"
            ),
        ]

    /// A poor index, which misses some rows.
    var index: String {
        "CREATE INDEX docs_index ON docs USING \(method) (\(key) \(operatorClass)) WITH "
            + (method == "hnsw" ? "(m = 2, ef_construction = 4)" : "(lists = 12)")
            + (predicate == "true" ? "" : " WHERE \(predicate)")
    }

    /// The recall of all stored vectors, by brute force in the server: rows as near as the tenth count.
    ///
    /// - Parameters:
    ///   - table: The table.
    ///   - group: What each search wants rows with an equal value of, in SQL.
    ///   - k: How many rows each search asks for.
    /// - Returns: A statement with the columns `recall`, `queries`, and `worst`, the least recall of a group.
    func bruteForce(of table: String = "docs", groupedBy group: String = "1", k: Int = 10) -> String {
        """
        WITH query AS MATERIALIZED (
            SELECT concat(tableoid, ctid) AS place, tableoid AS relation, ctid AS item, \(key) AS q, \(group) AS own
            FROM \(table) WHERE v IS NOT NULL AND \(predicate)
        ),
        exact AS MATERIALIZED (
            SELECT query.place, query.own, truth.nearest
            FROM query
            CROSS JOIN LATERAL (
                SELECT ARRAY(
                    SELECT d
                    FROM (
                        SELECT \(key) \(distance) query.q AS d
                        FROM \(table) WHERE v IS NOT NULL AND NOT (tableoid = query.relation AND ctid = query.item)
                            AND \(predicate) AND \(group) = query.own
                        -- So that no index gives the order.
                        OFFSET 0
                    ) AS all_rows
                    WHERE d <> 'NaN'
                    ORDER BY d LIMIT \(k)
                ) AS nearest
            ) AS truth
            WHERE nearest <> '{}'
        ),
        found AS MATERIALIZED (
            SELECT query.place, row.place AS other, row.d
            FROM query
            CROSS JOIN LATERAL (
                SELECT concat(tableoid, ctid) AS place, \(key) \(distance) query.q AS d
                FROM \(table) WHERE \(predicate) AND \(group) = query.own ORDER BY \(key) \(distance) query.q LIMIT \(k + 1)
            ) AS row
        ),
        ranked AS (
            SELECT place, d, row_number() OVER (PARTITION BY place ORDER BY d) AS rank FROM found WHERE other <> place
        ),
        each AS (
            SELECT
                exact.place,
                exact.own,
                least(
                    count(*) FILTER (
                        WHERE ranked.rank <= \(k)
                            AND ranked.d <= nearest[least(\(k), cardinality(nearest))] + 1e-6
                    ),
                    cardinality(nearest)
                )::numeric / least(\(k), cardinality(nearest)) AS found
            FROM exact
            LEFT JOIN ranked USING (place)
            GROUP BY exact.place, exact.own, nearest
        )
        SELECT
            avg(found)::float8 AS recall,
            count(*)::int AS queries,
            (SELECT min(mean) FROM (SELECT avg(found) AS mean FROM each GROUP BY own) AS groups)::float8 AS worst
        FROM each
        """
    }
}
