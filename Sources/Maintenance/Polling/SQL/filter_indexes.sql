-- The usable indexes without a condition whose first column is one of some columns, of methods that find the rows with a
-- value: with their columns up to the first expression.
-- $1: the tables; $2: a column of each.
SELECT
    index.indrelid::int8 AS oid,
    class.relname AS name,
    ARRAY(
        SELECT attribute.attname::text
        FROM unnest(index.indkey::int2[]) WITH ORDINALITY AS key (attnum, position)
        JOIN pg_attribute AS attribute ON attribute.attrelid = index.indrelid AND attribute.attnum = key.attnum
        WHERE key.position <= index.indnkeyatts
            AND key.position < coalesce(array_position(index.indkey::int2[], 0::int2) + 1, 100)
        ORDER BY key.position
    ) AS columns
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
JOIN pg_am AS method ON method.oid = class.relam
JOIN pg_attribute AS first ON first.attrelid = index.indrelid AND first.attnum = index.indkey[0]
WHERE index.indrelid = ANY ($1::int8[]::oid[])
    AND index.indisvalid
    AND index.indisready
    AND index.indpred IS NULL
    AND method.amname IN ('btree', 'hash', 'gin', 'gist', 'spgist')
    AND EXISTS (
        SELECT FROM unnest($1::int8[], $2::text[]) AS wanted (oid, name)
        WHERE wanted.oid::oid = index.indrelid AND wanted.name::name = first.attname
    )
ORDER BY class.relname
