-- One row per vector column of each table, partitioned table, partition and materialized view, and per other column
-- that a vector index is about. The columns are in the order in which they are read, which is the fastest; names that
-- many rows share come from the other statements.
-- A flag that few rows have is TRUE or NULL: NULL is the only value that costs nothing to send.
-- poll_types.sql has set vecsteward.vector_types, and poll_keys.sql vecsteward.keyed_columns.
-- $1: whether it may measure, which takes an AccessShareLock on what is measured.
WITH locked AS MATERIALIZED (
    SELECT DISTINCT relation
    FROM pg_locks
    WHERE locktype = 'relation'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND mode = 'AccessExclusiveLock'
        AND pid IS DISTINCT FROM pg_backend_pid()
)
SELECT
    class.oid::int8 AS oid,
    CASE WHEN class.relispartition THEN pg_partition_root(class.oid)::oid END::int8 AS root_oid,
    attribute.attname AS column,
    CASE WHEN class.relkind = 'p' THEN TRUE END AS is_partitioned,
    CASE WHEN class.relkind = 'f' THEN TRUE END AS is_foreign,
    attribute.attnum::int AS attnum,
    attribute.atttypid::int8 AS type_oid,
    attribute.atttypmod AS typmod,
    -- For a column without a vector type of its own.
    CASE
        WHEN attribute.atttypid <> ALL ((SELECT current_setting('vecsteward.vector_types')::oid[])::oid[])
            THEN format_type(attribute.atttypid, attribute.atttypmod)
    END AS declared_type,
    class.relnamespace::int8 AS schema_oid,
    class.relname AS table,
    class.relowner::int8 AS owner_oid,
    -- Only for roles that do not own the table: the check loads the table into the session's caches.
    CASE
        WHEN class.relowner = ANY (ARRAY(SELECT oid FROM pg_roles WHERE pg_has_role(oid, 'USAGE'))) THEN NULL
        WHEN NOT has_column_privilege(class.oid, attribute.attnum, 'SELECT') THEN TRUE
    END AS cannot_select,
    CASE WHEN class.relrowsecurity AND row_security_active(class.oid) THEN TRUE END AS is_row_security_active,
    CASE WHEN class.relpersistence = 'u' THEN TRUE END AS is_unlogged,
    CASE
        WHEN class.reltuples = 0 AND class.relpages = 0 AND (SELECT current_setting('server_version_num')::int < 140000) THEN -1
        ELSE class.reltuples
    END::float8 AS reltuples,
    class.relpages::int8 AS relpages,
    -- In the order in which the conditions are cheap. A number with a point is of type numeric, whose arithmetic is slow.
    CASE
        WHEN class.reltuples > 0 AND pg_stat_get_live_tuples(class.oid) = class.reltuples THEN NULL
        WHEN (
            (class.reltuples <= 0 AND pg_stat_get_live_tuples(class.oid) = 0)
            OR (
                class.reltuples > pg_stat_get_live_tuples(class.oid)
                AND class.reltuples - pg_stat_get_live_tuples(class.oid) > pg_stat_get_tuples_deleted(class.oid)
            )
            -- The last changes of a session before its own ANALYZE may be counted twice.
            OR (
                class.reltuples > 0
                AND pg_stat_get_live_tuples(class.oid) > 1.2::float8 * class.reltuples
                AND (
                    class.relfilenode <> class.oid
                    OR pg_stat_get_live_tuples(class.oid)
                        > pg_stat_get_tuples_inserted(class.oid) - pg_stat_get_tuples_deleted(class.oid)
                )
            )
            OR (
                1.2::float8 * pg_stat_get_live_tuples(class.oid) < class.reltuples
                AND class.relfilenode = class.oid
                AND pg_stat_get_tuples_inserted(class.oid) - pg_stat_get_tuples_deleted(class.oid)
                    > 1.2::float8 * pg_stat_get_live_tuples(class.oid) + 100
            )
        )
            AND $1::bool
            AND class.relkind IN ('r', 'm')
            AND class.oid NOT IN (SELECT relation FROM locked)
            THEN pg_relation_size(class.oid) / (SELECT current_setting('block_size')::int8)
    END AS current_pages,
    CASE WHEN class.relfilenode <> class.oid THEN TRUE END AS is_rewritten,
    pg_stat_get_live_tuples(class.oid) AS live_tuples,
    pg_stat_get_dead_tuples(class.oid) AS dead_tuples,
    pg_stat_get_tuples_inserted(class.oid) AS inserted,
    pg_stat_get_tuples_updated(class.oid) AS updated,
    pg_stat_get_tuples_deleted(class.oid) AS deleted,
    pg_stat_get_mod_since_analyze(class.oid) AS modified_since_analyze,
    pg_stat_get_analyze_count(class.oid) + pg_stat_get_autoanalyze_count(class.oid) AS analyze_count,
    CASE
        WHEN pg_stat_get_vacuum_count(class.oid) > 0 OR pg_stat_get_autovacuum_count(class.oid) > 0 THEN TRUE
    END AS is_vacuumed,
    -- Only if the time of a build is known too, to compare them.
    CASE
        WHEN (SELECT current_setting('track_commit_timestamp')::bool)
            THEN extract(
                EPOCH FROM greatest(
                    pg_stat_get_last_analyze_time(class.oid),
                    pg_stat_get_last_autoanalyze_time(class.oid),
                    pg_stat_get_last_vacuum_time(class.oid),
                    pg_stat_get_last_autovacuum_time(class.oid)
                )
            )
    END::float8 AS last_maintenance_at,
    pg_stat_get_numscans(class.oid) AS sequential_scans,
    pg_stat_get_tuples_returned(class.oid) AS sequential_rows_read,
    -- The share of rows without a vector. The view is read for single nullable columns only: its cost is the check
    -- whether the role may read them. PostgreSQL 18 has NOT NULL constraints that are not validated.
    CASE
        WHEN attribute.attnotnull
            AND (
                (SELECT current_setting('server_version_num')::int < 180000)
                OR class.oid <> ALL (ARRAY(SELECT conrelid FROM pg_constraint WHERE contype = 'n' AND NOT convalidated))
            )
            THEN 0
        WHEN class.relkind IN ('r', 'm')
            THEN (
                SELECT stats.null_frac
                FROM pg_namespace AS schema
                JOIN pg_stats AS stats ON stats.schemaname = schema.nspname
                WHERE schema.oid = class.relnamespace
                    AND stats.tablename = class.relname
                    AND stats.attname = attribute.attname
                    -- Without the statistics that include children, which have rows of their own.
                    AND NOT stats.inherited
            )
    END::float8 AS null_fraction,
    CASE
        WHEN class.relkind = 'r' AND class.relhassubclass AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = class.oid)
            THEN TRUE
    END AS has_children,
    CASE
        WHEN class.relispartition THEN (SELECT inhparent FROM pg_inherits WHERE inhrelid = class.oid)
    END::int8 AS parent_oid,
    CASE
        WHEN class.relkind = 'f' AND $1::bool AND class.oid NOT IN (SELECT relation FROM locked)
            THEN pg_get_expr(class.relpartbound, class.oid)
    END AS partition_bound
FROM pg_class AS class
JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid
-- Most relations are indexes and TOAST tables. The conditions use the first columns of pg_class only: a row is read up to
-- the last column that is needed. So the reader leaves out foreign tables that are no partitions.
WHERE class.relkind <> 'i'
    AND class.relkind <> 't'
    AND class.relkind IN ('r', 'p', 'm', 'f')
    AND class.relpersistence <> 't'
    AND class.relnamespace <> ALL (
        ARRAY(
            SELECT oid
            FROM pg_namespace
            WHERE nspname IN ('pg_catalog', 'information_schema', 'pg_toast', 'vecsteward')
        )
    )
    -- The copies that pg_repack and pg_squeeze make of a table, and drop when they are done.
    AND NOT (
        class.relnamespace = ANY (ARRAY(SELECT oid FROM pg_namespace WHERE nspname IN ('repack', 'squeeze')))
        AND class.relname ~ '^(table|log|tab)_[0-9]+'
    )
    AND attribute.attnum > 0
    AND NOT attribute.attisdropped
    AND (
        attribute.atttypid = ANY ((SELECT current_setting('vecsteward.vector_types')::oid[])::oid[])
        OR attribute.attrelid::int8 * 65536 + attribute.attnum IN (
            SELECT unnest(current_setting('vecsteward.keyed_columns')::int8[])
        )
    )
