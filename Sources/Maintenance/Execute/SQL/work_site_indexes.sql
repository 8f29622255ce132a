-- All indexes of a table, and those of its schema that have one of the names of a job.
-- $1: the schema; $2: the table; $3: the column; $4: the names; $5: whether to read keys and predicates, which may wait for a
-- lock on the table.
SELECT
    class.relname AS name,
    class.oid::int8 AS oid,
    class.relfilenode::int8 AS relfilenode,
    (SELECT inhparent FROM pg_inherits WHERE inhrelid = class.oid)::int8 AS attached_to,
    index.indisvalid AND index.indisready AND index.indislive AS is_usable,
    own.relname = $2::text AS is_on_table,
    EXISTS (
        SELECT FROM pg_attribute AS attribute
        WHERE attribute.attrelid = index.indrelid
            AND attribute.attname = $3::text
            AND attribute.attnum = index.indkey[0]
    ) AS is_on_column,
    index.indpred IS NOT NULL AS is_partial,
    CASE WHEN $5::boolean THEN pg_get_indexdef(class.oid, 1, FALSE) END AS key,
    CASE WHEN $5::boolean THEN pg_get_expr(index.indpred, index.indrelid) END AS predicate,
    method.amname AS method,
    operator_class.opcname AS operator_class,
    class.reloptions AS options
FROM pg_namespace AS namespace
JOIN pg_class AS class ON class.relnamespace = namespace.oid
JOIN pg_index AS index ON index.indexrelid = class.oid
JOIN pg_class AS own ON own.oid = index.indrelid
JOIN pg_am AS method ON method.oid = class.relam
JOIN pg_opclass AS operator_class ON operator_class.oid = index.indclass[0]
WHERE namespace.nspname = $1::text
    AND (own.relname = $2::text OR class.relname = ANY ($4::text[]))
