-- The column that the key of an index on an expression is about: one row per vector index with such a key. The key is
-- read as the catalog stores it, which takes no lock; pg_depend mixes its columns with those of the predicate.
--
-- Of the columns of a key, the first with a type of pgvector's counts, otherwise the first bit string, array, or other
-- column. A key over the whole row is about all columns of the table.
--
-- vecsteward.keyed_columns keeps the columns without a vector type of their own for poll_relations.sql, in the whole
-- tree of a partitioned table: the object identifier of the table times 65,536, plus the number of the column.
WITH RECURSIVE expression AS MATERIALIZED (
    SELECT index.indexrelid, index.indrelid, index.indexprs::text AS tree
    FROM pg_index AS index
    JOIN pg_class AS class ON class.oid = index.indexrelid AND class.relam >= 16384
    JOIN pg_attribute AS key ON key.attrelid = index.indexrelid AND key.attnum = 1
    WHERE index.indexprs IS NOT NULL
        AND index.indkey[0] = 0
        AND key.atttypid = ANY ((SELECT current_setting('vecsteward.vector_types')::oid[])::oid[])
),
keyed AS MATERIALIZED (
    SELECT expression.indexrelid, expression.indrelid, best.attnum, best.attname, best.is_vector
    FROM expression
    CROSS JOIN LATERAL (
        SELECT
            attribute.attnum,
            attribute.attname,
            attribute.atttypid = ANY ((SELECT current_setting('vecsteward.vector_types')::oid[])::oid[]) AS is_vector
        -- The tree escapes a space in a name that somebody gave, so nothing else can look like this.
        FROM regexp_matches(expression.tree, ':varattno (-?[0-9]+)', 'g') WITH ORDINALITY AS variable (number, position)
        JOIN pg_attribute AS attribute
            ON attribute.attrelid = expression.indrelid
            AND (attribute.attnum = variable.number[1]::int OR variable.number[1] = '0')
            AND attribute.attnum > 0
            AND NOT attribute.attisdropped
        JOIN pg_type AS type ON type.oid = attribute.atttypid
        ORDER BY
            CASE
                WHEN attribute.atttypid = ANY ((SELECT current_setting('vecsteward.vector_types')::oid[])::oid[])
                    THEN CASE WHEN type.typcategory = 'V' THEN 1 ELSE 0 END
                WHEN type.typcategory = 'A' THEN 2
                ELSE 3
            END,
            variable.position,
            attribute.attnum
        LIMIT 1
    ) AS best
),
tree AS (
    SELECT
        CASE WHEN class.relispartition THEN pg_partition_root(class.oid)::oid ELSE class.oid END AS oid,
        keyed.attname
    FROM keyed
    JOIN pg_class AS class ON class.oid = keyed.indrelid
    WHERE NOT keyed.is_vector
    UNION
    SELECT class.oid, tree.attname
    FROM tree
    JOIN pg_inherits AS inherits ON inherits.inhparent = tree.oid
    JOIN pg_class AS class ON class.oid = inherits.inhrelid AND class.relispartition
),
kept AS MATERIALIZED (
    SELECT
        set_config(
            'vecsteward.keyed_columns',
            coalesce(array_agg(attribute.attrelid::int8 * 65536 + attribute.attnum), '{}')::text,
            TRUE
        )
    FROM tree
    JOIN pg_attribute AS attribute ON attribute.attrelid = tree.oid AND attribute.attname = tree.attname
)
SELECT keyed.indexrelid::int8 AS index_oid, keyed.attnum::int AS attnum
FROM kept
LEFT JOIN keyed ON TRUE
