-- One row for each index of a method that is not one of PostgreSQL's own. The columns stand in the order in which they are
-- read, which is the fastest.
SELECT
    index.indexrelid::int8 AS oid,
    index.indkey[0]::int AS attnum,
    index.indrelid::int8 AS table_oid,
    index.indpred IS NOT NULL AS is_partial,
    class.relname AS name,
    class.relfilenode::int8 AS relfilenode,
    method.amname AS method,
    operator_class.opcname AS operator_class,
    operator_class_schema.nspname AS operator_class_schema,
    class.reloptions AS options,
    index.indisvalid AS is_valid,
    index.indisready AND index.indislive AS is_ready,
    CASE
        WHEN class.reltuples = 0 AND (SELECT current_setting('server_version_num')::int < 140000) THEN -1
        ELSE class.reltuples
    END::float8 AS reltuples,
    class.relpages::int8 * (SELECT current_setting('block_size')::int8) AS estimated_size_bytes,
    pg_stat_get_numscans(index.indexrelid) AS scans,
    CASE
        WHEN (SELECT current_setting('track_commit_timestamp')::bool)
            THEN extract(EPOCH FROM pg_xact_commit_timestamp(class.xmin))::float8
    END AS built_at,
    parent.inhparent::int8 AS attached_to
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
JOIN pg_am AS method ON method.oid = class.relam
JOIN pg_opclass AS operator_class ON operator_class.oid = index.indclass[0]
JOIN pg_namespace AS operator_class_schema ON operator_class_schema.oid = operator_class.opcnamespace
LEFT JOIN pg_inherits AS parent ON parent.inhrelid = class.oid
-- btree, hash, gist, gin, brin and spgist have fixed identifiers.
WHERE class.relam = ANY (ARRAY(SELECT oid FROM pg_am WHERE amtype = 'i' AND oid NOT IN (403, 405, 783, 2742, 3580, 4000)))
    AND class.relpersistence <> 't'
