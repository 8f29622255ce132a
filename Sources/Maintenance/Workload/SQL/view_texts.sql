-- The definitions of views. It takes an AccessShareLock on each, and on what it reads.
-- $1: the views.
SELECT class.oid::int8 AS oid, pg_get_viewdef(class.oid) AS text
FROM pg_class AS class
WHERE class.oid = ANY ($1::int8[]::oid[]) AND class.relkind = 'v'
