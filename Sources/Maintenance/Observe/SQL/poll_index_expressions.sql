-- What an index on an expression or with a predicate is about.
-- $1: whether it may deparse, which takes an AccessShareLock on the table.
WITH locked AS MATERIALIZED (
    SELECT DISTINCT relation
    FROM pg_locks
    WHERE locktype = 'relation'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND mode = 'AccessExclusiveLock'
        AND pid IS DISTINCT FROM pg_backend_pid()
),
deparsed AS MATERIALIZED (
    SELECT
        index.indexrelid,
        CASE WHEN index.indexprs IS NOT NULL THEN pg_get_indexdef(index.indexrelid, 1, FALSE) END AS expression,
        pg_get_expr(index.indpred, index.indrelid) AS predicate
    FROM pg_index AS index
    JOIN pg_class AS class ON class.oid = index.indexrelid
    WHERE $1::bool
        AND (index.indexprs IS NOT NULL OR index.indpred IS NOT NULL)
        AND class.relam NOT IN (403, 405, 783, 2742, 3580, 4000)
        AND index.indrelid NOT IN (SELECT relation FROM locked)
        AND index.indexrelid NOT IN (SELECT relation FROM locked)
)
SELECT
    index.indexrelid::int8 AS oid,
    (
        -- An expression is about the first column it depends on.
        SELECT min(depend.refobjsubid)
        FROM pg_depend AS depend
        WHERE depend.classid = 'pg_class'::regclass
            AND depend.objid = index.indexrelid
            AND depend.refclassid = 'pg_class'::regclass
            AND depend.refobjid = index.indrelid
            AND depend.refobjsubid > 0
    )::int AS attnum,
    type.typname AS indexed_type,
    nullif(greatest(attribute.atttypmod, 0), 0) AS indexed_dimensions,
    deparsed.expression,
    deparsed.predicate
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
JOIN pg_attribute AS attribute ON attribute.attrelid = index.indexrelid AND attribute.attnum = 1
JOIN pg_type AS type ON type.oid = attribute.atttypid
LEFT JOIN deparsed ON deparsed.indexrelid = index.indexrelid
WHERE (index.indexprs IS NOT NULL OR index.indpred IS NOT NULL)
    AND class.relam NOT IN (403, 405, 783, 2742, 3580, 4000)
    AND class.relpersistence <> 't'
