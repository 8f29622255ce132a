-- The definitions of views that are not too long. It takes an AccessShareLock on each, and on what it reads.
-- $1: the views; $2: the greatest length in bytes.
SELECT view.oid, view.text
FROM (
    SELECT class.oid::int8 AS oid, pg_get_viewdef(class.oid) AS text
    FROM pg_class AS class
    WHERE class.oid = ANY ($1::int8[]::oid[]) AND class.relkind = 'v'
    OFFSET 0
) AS view
WHERE octet_length(view.text) <= $2::int
