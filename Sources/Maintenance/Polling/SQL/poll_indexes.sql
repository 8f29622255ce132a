-- One row per index of a method that is not one of PostgreSQL's own. The columns are in the order in which they are
-- read, which is the fastest.
-- A flag that few rows have is TRUE or NULL: NULL is the only value that costs nothing to send.
-- $1: whether it may deparse, which takes an AccessShareLock on the table.
WITH locked AS MATERIALIZED (
    SELECT DISTINCT relation
    FROM pg_locks
    WHERE locktype = 'relation'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND mode = 'AccessExclusiveLock'
        AND pid IS DISTINCT FROM pg_backend_pid()
)
SELECT
    index.indexrelid::int8 AS oid,
    index.indkey[0]::int AS attnum,
    index.indrelid::int8 AS table_oid,
    index.indclass[0]::int8 AS operator_class_oid,
    class.reloptions AS options,
    CASE WHEN index.indpred IS NOT NULL THEN TRUE END AS is_partial,
    class.relname AS name,
    -- If it is not that of the first build.
    CASE WHEN class.relfilenode <> class.oid THEN class.relfilenode::int8 END AS later_relfilenode,
    CASE WHEN NOT index.indisvalid THEN TRUE END AS is_invalid,
    CASE WHEN NOT (index.indisready AND index.indislive) THEN TRUE END AS is_unready,
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
    END::int8 AS attached_to,
    -- Only for an index on an expression or with a predicate. poll_keys.sql gives the column of an expression.
    CASE
        WHEN index.indexprs IS NOT NULL
            THEN (
                SELECT type.typname
                FROM pg_attribute AS attribute
                JOIN pg_type AS type ON type.oid = attribute.atttypid
                WHERE attribute.attrelid = index.indexrelid AND attribute.attnum = 1
            )
    END AS indexed_type,
    CASE
        WHEN index.indexprs IS NOT NULL
            THEN (SELECT atttypmod FROM pg_attribute WHERE attrelid = index.indexrelid AND attnum = 1)
    END AS indexed_typmod,
    CASE
        WHEN index.indexprs IS NOT NULL
            AND $1::bool
            AND index.indrelid NOT IN (SELECT relation FROM locked)
            AND index.indexrelid NOT IN (SELECT relation FROM locked)
            THEN pg_get_indexdef(index.indexrelid, 1, FALSE)
    END AS expression,
    CASE
        WHEN index.indpred IS NOT NULL
            AND $1::bool
            AND index.indrelid NOT IN (SELECT relation FROM locked)
            AND index.indexrelid NOT IN (SELECT relation FROM locked)
            THEN pg_get_expr(index.indpred, index.indrelid)
    END AS predicate
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
-- Objects of extensions have an identifier of at least this. With this comparison, unlike one by name, the planner
-- knows how few there are.
WHERE class.relam >= 16384
