-- The statistics about the rows of some tables, and whether the role may refresh them.
-- $1: the tables; $2: the vector column of each.
SELECT
    class.oid::int8 AS oid,
    namespace.nspname AS schema,
    class.relname AS table,
    CASE
        WHEN class.reltuples = 0 AND class.relpages = 0 AND current_setting('server_version_num')::int < 140000 THEN -1
        ELSE class.reltuples
    END::float8 AS reltuples,
    class.relpages::int8 AS relpages,
    pg_stat_get_mod_since_analyze(class.oid) AS modified_since_analyze,
    pg_stat_get_analyze_count(class.oid) + pg_stat_get_autoanalyze_count(class.oid) AS analyze_count,
    CASE
        WHEN attribute.attnotnull THEN 0
        ELSE (
            SELECT statistics.null_frac
            FROM pg_stats AS statistics
            WHERE statistics.schemaname = namespace.nspname
                AND statistics.tablename = class.relname
                AND statistics.attname = attribute.attname
                AND NOT statistics.inherited
        )
    END::float8 AS null_fraction,
    pg_has_role(class.relowner, 'USAGE')
        OR pg_has_role((SELECT datdba FROM pg_database WHERE datname = current_database()), 'USAGE')
        -- The privilege has no name before PostgreSQL 17.
        OR CASE
            WHEN current_setting('server_version_num')::int >= 170000 THEN has_table_privilege(class.oid, 'MAINTAIN')
            ELSE FALSE
        END AS can_analyze,
    current_setting('track_counts')::bool AS is_counted,
    ARRAY(
        SELECT index.indexrelid::int8
        FROM pg_index AS index
        JOIN pg_class AS own ON own.oid = index.indexrelid
        JOIN pg_am AS method ON method.oid = own.relam
        WHERE index.indrelid = class.oid AND index.indisvalid AND method.amname IN ('hnsw', 'ivfflat')
    ) AS indexes,
    current_setting('server_version_num')::int >= 170000 AS has_maintain
FROM unnest($1::int8[], $2::text[]) AS wanted (oid, column_name)
JOIN pg_class AS class ON class.oid = wanted.oid::oid
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN pg_attribute AS attribute
    ON attribute.attrelid = class.oid AND attribute.attname = wanted.column_name AND NOT attribute.attisdropped
