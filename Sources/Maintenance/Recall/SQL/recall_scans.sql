-- How a plan reads each table: with which index, whether that gives the order of the distances, and whether the table has a part
-- of the index that is measured. A bitmap is of the first of its indexes, and has no order.
-- $1: the plan in JSON, of EXPLAIN (VERBOSE); $2: the index, which may be that of a partitioned table.
WITH RECURSIVE part (oid) AS (
    SELECT $2::int8::oid
    UNION ALL
    SELECT inherits.inhrelid FROM part JOIN pg_inherits AS inherits ON inherits.inhparent = part.oid
),
own AS MATERIALIZED (
    SELECT index.indrelid, class.relname AS name, index.indisvalid AND index.indisready AS is_usable
    FROM part
    JOIN pg_index AS index ON index.indexrelid = part.oid
    JOIN pg_class AS class ON class.oid = part.oid
),
scan AS MATERIALIZED (
    SELECT
        node ->> 'Schema' AS schema,
        node ->> 'Relation Name' AS name,
        CASE
            WHEN node ->> 'Node Type' = 'Bitmap Heap Scan'
                THEN jsonb_path_query_first(node, 'strict $.** ? (exists (@."Index Name"))') ->> 'Index Name'
            ELSE node ->> 'Index Name'
        END AS index,
        node ? 'Order By' AS is_ordered
    FROM jsonb_path_query($1::jsonb, 'strict $.** ? (exists (@."Relation Name"))') AS node
)
SELECT
    scan.schema,
    scan.name,
    scan.index,
    scan.is_ordered,
    coalesce(scan.index = own.name, FALSE) AS is_own,
    coalesce(own.is_usable, FALSE) AS has_own,
    pg_relation_size(class.oid) > 0 AS has_rows
FROM scan
JOIN pg_namespace AS namespace ON namespace.nspname = scan.schema
JOIN pg_class AS class ON class.relnamespace = namespace.oid AND class.relname = scan.name
LEFT JOIN own ON own.indrelid = class.oid
ORDER BY scan.schema, scan.name
