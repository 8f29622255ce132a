-- The names that a job gives and that belong to relations of any kind other than indexes of its tables.
-- Arrays of one element for each name: its schema, the name, and the table whose index may have it.
SELECT wanted.schema, wanted.name
FROM unnest($1::text[], $2::text[], $3::text[]) AS wanted (schema, name, own_table)
JOIN pg_namespace AS namespace ON namespace.nspname = wanted.schema
JOIN pg_class AS class ON class.relnamespace = namespace.oid AND class.relname = wanted.name
WHERE NOT EXISTS (
    SELECT
    FROM pg_index AS index
    JOIN pg_class AS own ON own.oid = index.indrelid
    WHERE index.indexrelid = class.oid
        AND own.relname = wanted.own_table
        AND own.relnamespace = namespace.oid
)
