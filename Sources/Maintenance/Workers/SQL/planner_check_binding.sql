-- What the transaction is really about, whatever names have changed hands meanwhile.
-- $1: the index; $2: the view of the query, null before there is one.
SELECT
    -- Under this lock nobody can give the table an index, a statistics object, a policy or a column.
    EXISTS (
        SELECT FROM pg_locks
        WHERE pid = pg_backend_pid()
            AND locktype = 'relation'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND relation = index.indrelid
            AND mode = 'ShareUpdateExclusiveLock'
            AND granted
    ) AS is_locked,
    -- The query as it was understood: over this table, and no other.
    NOT EXISTS (
        SELECT
        FROM pg_rewrite AS rule
        JOIN pg_depend AS used ON used.classid = 'pg_rewrite'::regclass AND used.objid = rule.oid
        WHERE rule.ev_class = to_regclass($2::text)
            AND used.refclassid = 'pg_class'::regclass
            AND used.refobjid NOT IN (rule.ev_class, index.indrelid)
    ) AS is_over_table,
    -- A value of a type that an extension has made is read by what the type's name means when it is read, which nothing holds.
    EXISTS (
        SELECT
        FROM regexp_matches(concat(index.indexprs::text, index.indpred::text), ':consttype (\d+)', 'g') AS value
        WHERE value[1]::int8 >= 16384
    ) AS has_value_of_extension
FROM pg_index AS index
WHERE index.indexrelid = $1::int8::oid
