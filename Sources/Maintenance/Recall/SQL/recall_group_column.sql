-- The type of a column, if equal values of it have equal bytes.
-- $1: the table; $2: the column.
SELECT CASE WHEN type.typname = 'varchar' THEN 'text' ELSE type.typname END AS type
FROM pg_attribute AS attribute
JOIN pg_type AS type ON type.oid = attribute.atttypid
LEFT JOIN pg_collation AS sorting ON sorting.oid = attribute.attcollation
WHERE attribute.attrelid = $1::int8::oid
    AND attribute.attname = $2::text::name
    AND attribute.attnum > 0
    AND NOT attribute.attisdropped
    AND type.typnamespace = 'pg_catalog'::regnamespace
    AND type.typname IN ('int2', 'int4', 'int8', 'text', 'varchar', 'uuid', 'bool')
    AND coalesce(sorting.collisdeterministic, TRUE)
