-- Whether what a transaction plans is what was meant, whatever was renamed meanwhile.
-- $1: the index; $2: the view of the query, NULL before there is one.
SELECT
    -- Under this lock no session can add an index, a statistics object, a policy or a column to the table.
    EXISTS (
        SELECT FROM pg_locks
        WHERE pid = pg_backend_pid()
            AND locktype = 'relation'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND relation = index.indrelid
            AND mode = 'ShareUpdateExclusiveLock'
            AND granted
    ) AS is_locked,
    -- The query as it was parsed reads this table and no other.
    NOT EXISTS (
        SELECT
        FROM pg_rewrite AS rule
        JOIN pg_depend AS used ON used.classid = 'pg_rewrite'::regclass AND used.objid = rule.oid
        WHERE rule.ev_class = to_regclass($2::text)
            AND used.refclassid = 'pg_class'::regclass
            AND used.refobjid NOT IN (rule.ev_class, index.indrelid)
    ) AS is_over_table,
    -- A value of an extension's type is parsed by whatever the type's name means then, which no lock protects.
    EXISTS (
        SELECT
        FROM regexp_matches(concat(index.indexprs::text, index.indpred::text), ':consttype (\d+)', 'g') AS value
        WHERE value[1]::int8 >= 16384
    ) AS has_value_of_extension
FROM pg_index AS index
WHERE index.indexrelid = $1::int8::oid
