-- How values occur in columns, as the last ANALYZE found: shares and numbers alone, and never a value.
-- The limit processes the names of one table at a time.
-- $1: the tables; $2: a column of each.
SELECT
    class.oid::int8 AS oid,
    attribute.attname AS column,
    has_column_privilege(class.oid, attribute.attnum, 'SELECT')
        AND NOT (class.relrowsecurity AND row_security_active(class.oid)) AS is_readable,
    -- Whether a value can be longer than the 2,704 bytes that a B-tree takes; a character has up to four bytes.
    attribute.attlen = -1
        AND attribute.atttypid NOT IN ('numeric'::regtype, 'inet'::regtype, 'cidr'::regtype)
        AND NOT (
            attribute.atttypid IN ('varchar'::regtype, 'bpchar'::regtype) AND attribute.atttypmod BETWEEN 4 AND 680
            OR attribute.atttypid IN ('bit'::regtype, 'varbit'::regtype) AND attribute.atttypmod BETWEEN 1 AND 21000
        ) AS is_unlimited,
    extract(
        EPOCH FROM greatest(
            pg_stat_get_last_analyze_time(class.oid), pg_stat_get_last_autoanalyze_time(class.oid)
        )
    )::float8 AS analyzed_at,
    found.n_distinct::float8 AS n_distinct,
    found.null_frac::float8 AS null_share,
    found.most_common_freqs[1]::float8 AS most_common_share,
    -- Whether a value is true is all that is read of values, and of booleans alone.
    CASE
        WHEN attribute.atttypid = 'bool'::regtype THEN (
            SELECT coalesce(sum(common.share) FILTER (WHERE common.value), 0)
            FROM unnest(found.most_common_vals::text::bool[], found.most_common_freqs) AS common (value, share)
            HAVING count(*) > 0
        )
    END::float8 AS true_share
FROM unnest($1::int8[], $2::text[]) AS wanted (oid, name)
JOIN pg_class AS class ON class.oid = wanted.oid::oid
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN pg_attribute AS attribute
    ON attribute.attrelid = class.oid AND attribute.attname = wanted.name::name AND NOT attribute.attisdropped
LEFT JOIN LATERAL (
    SELECT
        statistics.n_distinct,
        statistics.null_frac,
        statistics.most_common_freqs,
        statistics.most_common_vals
    FROM pg_stats AS statistics
    WHERE statistics.schemaname = namespace.nspname
        AND statistics.tablename = class.relname
        AND statistics.attname = attribute.attname
        AND NOT statistics.inherited
    LIMIT 1
) AS found ON TRUE
