-- pgvector's types and bit, and the domains over them.
WITH base_type AS MATERIALIZED (
    SELECT type.oid, type.typname
    FROM pg_extension AS extension
    JOIN pg_type AS type ON type.typnamespace = extension.extnamespace
    WHERE extension.extname = 'vector' AND type.typname IN ('vector', 'halfvec', 'sparsevec')
    UNION ALL
    SELECT 'bit'::regtype::oid, 'bit'
)
SELECT oid::int8 AS oid, typname AS name, NULL::int AS domain_typmod FROM base_type
UNION ALL
SELECT domain.oid::int8, base_type.typname, domain.typtypmod
FROM base_type
JOIN pg_type AS domain ON domain.typbasetype = base_type.oid AND domain.typtype = 'd'
