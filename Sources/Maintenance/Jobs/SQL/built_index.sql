-- What an index holds right after its build: reltuples counts the rows that were indexed until ANALYZE overwrites it.
-- $1: the schema; $2: the index.
SELECT
    class.oid::int8 AS oid,
    class.relfilenode::int8 AS relfilenode,
    greatest(class.reltuples, 0)::int8 AS rows,
    pg_relation_size(class.oid) AS size_bytes
FROM pg_class AS class
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE namespace.nspname = $1::text AND class.relname = $2::text AND class.relkind = 'i'
