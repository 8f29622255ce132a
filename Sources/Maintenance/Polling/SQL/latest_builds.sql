-- Of these indexes, those after which no index of the table was built: every build of an index, of any method, counts the
-- table again.
-- $1: the indexes.
SELECT index.indexrelid::int8 AS oid
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
WHERE index.indexrelid = ANY ($1::int8[]::oid[])
    AND NOT EXISTS (
        SELECT
        FROM pg_index AS other
        JOIN pg_class AS other_class ON other_class.oid = other.indexrelid
        WHERE other.indrelid = index.indrelid AND other_class.relfilenode > class.relfilenode
    )
