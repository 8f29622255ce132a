-- pgvector's types and bit, and the domains over them and over these. The setting, which ends with the transaction, keeps them
-- for the following statements: finding the domains takes a scan of pg_type, which has two rows per table.
WITH RECURSIVE base_type AS MATERIALIZED (
    SELECT type.oid, type.typname
    FROM pg_extension AS extension
    JOIN pg_type AS type ON type.typnamespace = extension.extnamespace
    WHERE extension.extname = 'vector' AND type.typname IN ('vector', 'halfvec', 'sparsevec')
    UNION ALL
    SELECT 'bit'::regtype::oid, 'bit'
    WHERE EXISTS (SELECT FROM pg_extension WHERE extname = 'vector')
),
-- Few, and scanned again for each level of domains.
domain_type AS MATERIALIZED (
    SELECT type.oid, type.typbasetype, type.typtypmod FROM pg_type AS type WHERE type.typtype = 'd'
),
vector_type AS (
    SELECT oid, typname, NULL::int AS domain_typmod FROM base_type
    UNION ALL
    -- Only the domain directly over a type can have dimensions.
    SELECT domain_type.oid, vector_type.typname, coalesce(vector_type.domain_typmod, domain_type.typtypmod)
    FROM vector_type
    JOIN domain_type ON domain_type.typbasetype = vector_type.oid
),
kept AS MATERIALIZED (
    SELECT set_config('vecsteward.vector_types', coalesce(array_agg(oid), '{}')::text, TRUE) FROM vector_type
)
SELECT vector_type.oid::int8 AS oid, vector_type.typname AS name, vector_type.domain_typmod
FROM vector_type
CROSS JOIN kept
