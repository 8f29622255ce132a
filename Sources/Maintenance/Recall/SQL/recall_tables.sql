-- The tables that have the rows of a table: itself, or of a partitioned one the partitions of all levels that have rows of
-- their own.
-- $1: the table.
WITH part AS MATERIALIZED (SELECT relid::oid AS oid, isleaf FROM pg_partition_tree($1::int8::oid)),
leaf AS (
    SELECT oid FROM part WHERE isleaf
    UNION ALL
    SELECT $1::int8::oid WHERE NOT EXISTS (SELECT FROM part)
)
SELECT
    class.oid::int8 AS oid,
    schema.nspname AS schema,
    class.relname AS name,
    class.relkind = 'f' AS is_foreign,
    CASE
        WHEN class.relkind = 'f' THEN 0
        ELSE pg_relation_size(class.oid) / (SELECT current_setting('block_size')::int8)
    END AS pages
FROM leaf
JOIN pg_class AS class ON class.oid = leaf.oid
JOIN pg_namespace AS schema ON schema.oid = class.relnamespace
ORDER BY schema.nspname, class.relname
