-- Columns of tables, and whether a B-tree index on one serves a comparison by =.
-- $1: the tables; $2: the names of the columns.
SELECT
    attribute.attrelid::int8 AS table_oid,
    attribute.attname AS name,
    type.typcategory IN ('B', 'D', 'E', 'I', 'N', 'S', 'T') OR type.oid = 'uuid'::regtype AS is_comparable
FROM pg_attribute AS attribute
JOIN pg_type AS type ON type.oid = attribute.atttypid
WHERE attribute.attrelid = ANY ($1::int8[]::oid[])
    AND attribute.attname = ANY ($2::text[])
    AND attribute.attnum > 0
    AND NOT attribute.attisdropped
