-- The partitioned tables above a partition, from the topmost down, each with its partitioned indexes: one row for each
-- index, or one without an index for a table that has none.
-- $1, $2: schema and name of the partition; $3: the column.
SELECT
    ancestor.position::int AS position,
    namespace.nspname AS schema,
    class.relname AS table,
    index_class.oid::int8 AS oid,
    index_class.relname AS name,
    (SELECT inhparent FROM pg_inherits WHERE inhrelid = index_class.oid)::int8 AS attached_to,
    coalesce(
        index.indpred IS NULL
        AND EXISTS (
            SELECT FROM pg_attribute AS attribute
            WHERE attribute.attrelid = index.indrelid
                AND attribute.attname = $3::text
                AND attribute.attnum = index.indkey[0]
        ),
        FALSE
    ) AS is_plain,
    method.amname AS method,
    operator_class.opcname AS operator_class
FROM pg_namespace AS leaf_namespace
JOIN pg_class AS leaf
    ON leaf.relnamespace = leaf_namespace.oid AND leaf.relname = $2::text AND leaf.relispartition
CROSS JOIN LATERAL pg_partition_ancestors(leaf.oid) WITH ORDINALITY AS ancestor (oid, position)
JOIN pg_class AS class ON class.oid = ancestor.oid
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
LEFT JOIN pg_index AS index ON index.indrelid = class.oid
LEFT JOIN pg_class AS index_class ON index_class.oid = index.indexrelid AND index_class.relkind = 'I'
LEFT JOIN pg_am AS method ON method.oid = index_class.relam
LEFT JOIN pg_opclass AS operator_class ON operator_class.oid = index.indclass[0]
WHERE leaf_namespace.nspname = $1::text AND class.oid <> leaf.oid
ORDER BY ancestor.position DESC, index_class.relname
