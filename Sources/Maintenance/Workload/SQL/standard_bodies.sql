-- The bodies of functions that the server keeps as they were parsed, as text.
-- $1: the functions.
SELECT procedure.oid::int8 AS oid, pg_get_function_sqlbody(procedure.oid) AS body
FROM pg_proc AS procedure
WHERE procedure.oid = ANY ($1::int8[]::oid[]) AND procedure.prosqlbody IS NOT NULL
