-- pgvector's types and bit, and the domains over them. The setting, which ends with the transaction, keeps them for the
-- following statements: finding the domains takes a scan of pg_type, which has two rows per table.
WITH base_type AS MATERIALIZED (
    SELECT type.oid, type.typname
    FROM pg_extension AS extension
    JOIN pg_type AS type ON type.typnamespace = extension.extnamespace
    WHERE extension.extname = 'vector' AND type.typname IN ('vector', 'halfvec', 'sparsevec')
    UNION ALL
    SELECT 'bit'::regtype::oid, 'bit'
    WHERE EXISTS (SELECT FROM pg_extension WHERE extname = 'vector')
),
vector_type AS MATERIALIZED (
    SELECT oid, typname, NULL::int AS domain_typmod FROM base_type
    UNION ALL
    SELECT domain.oid, base_type.typname, domain.typtypmod
    FROM base_type
    JOIN pg_type AS domain ON domain.typbasetype = base_type.oid AND domain.typtype = 'd'
),
kept AS MATERIALIZED (
    SELECT set_config('vecsteward.vector_types', coalesce(array_agg(oid), '{}')::text, TRUE) FROM vector_type
)
SELECT vector_type.oid::int8 AS oid, vector_type.typname AS name, vector_type.domain_typmod
FROM vector_type
CROSS JOIN kept
