-- Those of the given names that a relation of any kind has.
-- Arrays of one element per name: its schema, the name.
SELECT wanted.schema, wanted.name
FROM unnest($1::text[], $2::text[]) AS wanted (schema, name)
JOIN pg_namespace AS namespace ON namespace.nspname = wanted.schema
JOIN pg_class AS class ON class.relnamespace = namespace.oid AND class.relname = wanted.name
