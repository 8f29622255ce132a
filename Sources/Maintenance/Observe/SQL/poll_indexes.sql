-- One row for each index of a method that is not one of PostgreSQL's own. The columns stand in the order in which they are
-- read, which is the fastest.
SELECT
    index.indexrelid::int8 AS oid,
    index.indkey[0]::int AS attnum,
    index.indrelid::int8 AS table_oid,
    index.indclass[0]::int8 AS operator_class_oid,
    class.reloptions AS options,
    index.indpred IS NOT NULL AS is_partial,
    class.relname AS name,
    class.relfilenode::int8 AS relfilenode,
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
    CASE
        WHEN class.relispartition THEN (SELECT inhparent FROM pg_inherits WHERE inhrelid = class.oid)
    END::int8 AS attached_to
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
-- btree, hash, gist, gin, brin and spgist have fixed identifiers.
WHERE class.relam = ANY (ARRAY(SELECT oid FROM pg_am WHERE amtype = 'i' AND oid NOT IN (403, 405, 783, 2742, 3580, 4000)))
