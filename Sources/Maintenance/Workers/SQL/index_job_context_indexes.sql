-- All indexes of a table.
-- $1: the schema; $2: the table; $3: the column; $4: whether to read keys and predicates, which may wait for a lock on the
-- table; $5: the index that the job reindexes, NULL if it reindexes none.
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
    CASE WHEN $4::boolean THEN pg_get_indexdef(class.oid, 1, FALSE) END AS key,
    CASE WHEN $4::boolean THEN pg_get_expr(index.indpred, index.indrelid) END AS predicate,
    method.amname AS method,
    operator_class.opcname AS operator_class,
    class.reloptions AS options,
    -- The leftover of REINDEX CONCURRENTLY is invalid, indexes the same, and has the name of the index with a suffix; the
    -- server truncates the name if both are too long, and by up to three bytes more if that would split a character.
    CASE
        WHEN NOT index.indisvalid
            AND own.relname = $2::text
            AND EXISTS (
                SELECT
                FROM pg_class AS origin
                JOIN pg_index AS origin_index ON origin_index.indexrelid = origin.oid
                CROSS JOIN LATERAL (
                    SELECT (regexp_match(class.relname::text, '^(.*)_cc(?:new|old)[0-9]*$'))[1] AS text
                ) AS stem
                WHERE origin.relnamespace = class.relnamespace
                    AND origin.relname = $5::text
                    AND origin.oid <> class.oid
                    AND origin_index.indrelid = index.indrelid
                    AND origin_index.indclass::text = index.indclass::text
                    AND origin_index.indkey::text = index.indkey::text
                    AND (
                        stem.text = origin.relname::text
                        OR octet_length(class.relname::text) >= 60 AND starts_with(origin.relname::text, stem.text)
                    )
            )
            THEN (regexp_match(class.relname::text, '_cc(new|old)[0-9]*$'))[1]
    END AS reindex_leftover
FROM pg_namespace AS namespace
JOIN pg_class AS class ON class.relnamespace = namespace.oid
JOIN pg_index AS index ON index.indexrelid = class.oid
JOIN pg_class AS own ON own.oid = index.indrelid
JOIN pg_am AS method ON method.oid = class.relam
JOIN pg_opclass AS operator_class ON operator_class.oid = index.indclass[0]
WHERE namespace.nspname = $1::text
    AND own.relname = $2::text
