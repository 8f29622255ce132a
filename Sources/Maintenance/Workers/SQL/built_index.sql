-- The contents of an index right after its build: its reltuples counts the indexed rows until ANALYZE overwrites it, and that
-- of the table counts the existing rows; those without a vector are left out as far as ANALYZE knows them.
-- $1: the schema; $2: the index; $3: the column.
SELECT
    class.oid::int8 AS oid,
    class.relfilenode::int8 AS relfilenode,
    greatest(class.reltuples, 0)::int8 AS rows,
    round(
        greatest(relation.reltuples, 0) * (
            1 - coalesce(
                (
                    SELECT null_frac
                    FROM pg_stats
                    WHERE schemaname = namespace.nspname
                        AND tablename = relation.relname
                        AND attname = $3::text
                        AND NOT inherited
                ),
                0
            )
        )
    )::int8 AS table_rows,
    pg_relation_size(class.oid) AS size_bytes
FROM pg_class AS class
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN pg_index AS index ON index.indexrelid = class.oid
JOIN pg_class AS relation ON relation.oid = index.indrelid
WHERE namespace.nspname = $1::text AND class.relname = $2::text AND class.relkind = 'i'
