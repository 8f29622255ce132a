-- How often values occur in columns, if the role may see it. The limit processes the names of one table at a time.
-- $1: the tables; $2: a column of each.
SELECT
    wanted.oid,
    wanted.name AS column,
    found.n_distinct::float8 AS n_distinct,
    found.most_common_freqs::float8[] AS common_shares
FROM unnest($1::int8[], $2::text[]) AS wanted (oid, name)
JOIN pg_class AS class ON class.oid = wanted.oid
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
CROSS JOIN LATERAL (
    SELECT
        statistics.n_distinct,
        statistics.most_common_freqs
    FROM pg_stats AS statistics
    WHERE statistics.schemaname = namespace.nspname
        AND statistics.tablename = class.relname
        AND statistics.attname = wanted.name::name
        AND NOT statistics.inherited
    LIMIT 1
) AS found
WHERE found.n_distinct > -0.99
