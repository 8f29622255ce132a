-- The relations that names mean: for each name the first of its schemas that has such a relation.
-- $1 and $2: the names, and for each schema that it may be in a row; $3: which name a row belongs to.
SELECT DISTINCT ON (wanted.name)
    wanted.name,
    class.oid::int8 AS oid
FROM unnest($1::text[], $2::text[], $3::int[]) WITH ORDINALITY AS wanted (relation, schema, name, position)
JOIN pg_namespace AS namespace ON namespace.nspname = wanted.schema
JOIN pg_class AS class
    ON class.relnamespace = namespace.oid
    AND class.relname = wanted.relation
    AND class.relkind IN ('r', 'p', 'm', 'f', 'v')
ORDER BY wanted.name, wanted.position
