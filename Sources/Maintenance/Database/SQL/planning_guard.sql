-- Whether what a transaction plans is what was meant, whatever was renamed meanwhile.
-- $1: the index; $2: the views of the queries.
WITH index AS (SELECT indrelid, indexprs, indpred FROM pg_index WHERE indexrelid = $1::int8::oid),
-- The table, and the partitions of all levels if it is partitioned. Without a lock they could have changed, and with one on
-- the partitioned tables they cannot.
read AS MATERIALIZED (
    SELECT indrelid AS oid FROM index
    UNION
    SELECT part.relid::oid FROM index CROSS JOIN LATERAL pg_partition_tree(index.indrelid) AS part
),
rule AS (
    SELECT rule.oid, rule.ev_class
    FROM pg_rewrite AS rule
    WHERE rule.ev_class IN (SELECT to_regclass(name) FROM unnest($2::text[]) AS view (name))
)
SELECT
    -- Under this lock no session can add an index, a statistics object, a policy, a column or a partition to the table.
    NOT EXISTS (
        SELECT FROM read
        WHERE oid NOT IN (
            SELECT relation FROM pg_locks
            WHERE pid = pg_backend_pid()
                AND locktype = 'relation'
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND mode = 'ShareUpdateExclusiveLock'
                AND granted
        )
    ) AS is_locked,
    -- The queries as they were parsed read this table and its partitions, and no other.
    NOT EXISTS (
        SELECT FROM rule
        JOIN pg_depend AS used ON used.classid = 'pg_rewrite'::regclass AND used.objid = rule.oid
        WHERE used.refclassid = 'pg_class'::regclass
            AND used.refobjid <> rule.ev_class
            AND used.refobjid NOT IN (SELECT oid FROM read)
    ) AS is_over_table,
    -- A value of an extension's type is parsed by whatever the type's name means then, which no lock protects.
    EXISTS (
        SELECT
        FROM regexp_matches(concat(index.indexprs::text, index.indpred::text), ':consttype (\d+)', 'g') AS value
        WHERE value[1]::int8 >= 16384
    ) AS has_value_of_extension
FROM index
