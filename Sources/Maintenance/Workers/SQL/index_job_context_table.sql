-- $1: the schema; $2: the table; $3: the column.
SELECT
    pg_is_in_recovery() AS is_in_recovery,
    class.oid::int8 AS table_oid,
    EXISTS (
        SELECT FROM pg_attribute AS attribute
        WHERE attribute.attrelid = class.oid AND attribute.attname = $3::text AND NOT attribute.attisdropped
    ) AS has_column,
    worker.pid AS worker_process_id,
    -- Any session can use a job's application name.
    CASE WHEN worker.usename = current_user THEN worker.application_name END AS worker_application
FROM (SELECT 1) AS always
LEFT JOIN pg_namespace AS namespace ON namespace.nspname = $1::text
LEFT JOIN pg_class AS class
    ON class.relnamespace = namespace.oid AND class.relname = $2::text AND class.relkind IN ('r', 'm')
LEFT JOIN LATERAL (
    -- The session that builds, reindexes, drops, vacuums or alters; not autovacuum, which yields by itself.
    SELECT lock.pid, activity.application_name, activity.usename
    FROM pg_locks AS lock
    LEFT JOIN pg_stat_activity AS activity ON activity.pid = lock.pid
    WHERE lock.locktype = 'relation'
        AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND lock.relation = class.oid
        AND lock.mode IN (
            'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'
        )
        AND lock.granted
        AND lock.pid <> pg_backend_pid()
        AND activity.backend_type IS DISTINCT FROM 'autovacuum worker'
    ORDER BY lock.pid
    LIMIT 1
) AS worker ON TRUE
