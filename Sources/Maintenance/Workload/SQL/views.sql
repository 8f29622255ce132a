-- The views over these tables, also over other views.
-- $1: the tables.
WITH RECURSIVE reader AS (
    SELECT rule.ev_class AS oid, 1 AS depth
    FROM pg_depend AS depend
    JOIN pg_rewrite AS rule ON rule.oid = depend.objid
    WHERE depend.classid = 'pg_rewrite'::regclass
        AND depend.refclassid = 'pg_class'::regclass
        AND depend.refobjid = ANY ($1::int8[]::oid[])
        AND rule.ev_class <> depend.refobjid
    UNION
    SELECT rule.ev_class, reader.depth + 1
    FROM reader
    JOIN pg_depend AS depend
        ON depend.classid = 'pg_rewrite'::regclass
        AND depend.refclassid = 'pg_class'::regclass
        AND depend.refobjid = reader.oid
    JOIN pg_rewrite AS rule ON rule.oid = depend.objid
    WHERE rule.ev_class <> reader.oid AND reader.depth < 5
)
SELECT class.oid::int8 AS oid, namespace.nspname AS schema, class.relname AS name
FROM (SELECT DISTINCT oid FROM reader) AS reader
JOIN pg_class AS class ON class.oid = reader.oid AND class.relkind = 'v'
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
ORDER BY class.oid
LIMIT 1000
