-- The tables of some indexes, if the role may read their rows and keep others from changing the table meanwhile.
-- $1: the indexes; $2: the most of them.
SELECT
    index.indexrelid::int8 AS oid,
    class.oid::int8 AS table_oid,
    namespace.nspname AS schema,
    class.relname AS table,
    -- A conflicting lock, held or waited for, would only make ours an error.
    NOT EXISTS (
        SELECT
        FROM pg_locks
        WHERE locktype = 'relation'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND relation = class.oid
            AND mode = ANY (
                ARRAY[
                    'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'
                ]
            )
    ) AS is_free
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indrelid
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE index.indexrelid = ANY ($1::int8[]::oid[])
    -- LOCK TABLE accepts no materialized view, and no such lock on a standby.
    AND class.relkind = 'r'
    AND NOT pg_is_in_recovery()
    AND has_schema_privilege(namespace.oid, 'USAGE')
    AND has_table_privilege(class.oid, 'SELECT')
    AND (
        has_table_privilege(class.oid, 'UPDATE, DELETE, TRUNCATE')
        -- The privilege has no name before PostgreSQL 17.
        OR CASE
            WHEN current_setting('server_version_num')::int >= 170000 THEN has_table_privilege(class.oid, 'MAINTAIN')
            ELSE FALSE
        END
    )
    AND NOT row_security_active(class.oid)
ORDER BY class.oid
LIMIT $2::int
