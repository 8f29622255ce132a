-- The bodies of functions that the server keeps as they were parsed, as text, if they are not too long.
-- It takes an AccessShareLock on what they read.
-- $1: the functions; $2: the greatest length in bytes.
SELECT procedure.oid, procedure.body
FROM (
    SELECT function.oid::int8 AS oid, pg_get_function_sqlbody(function.oid) AS body
    FROM pg_proc AS function
    WHERE function.oid = ANY ($1::int8[]::oid[]) AND function.prosqlbody IS NOT NULL
    OFFSET 0
) AS procedure
WHERE octet_length(procedure.body) <= $2::int
