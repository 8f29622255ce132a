-- Who waits for a lock on a table before a job begins.
-- $1: the schema; $2: the table.
SELECT DISTINCT
    waiter.pid AS process_id,
    activity.usename AS role,
    activity.application_name AS application,
    activity.state,
    extract(EPOCH FROM clock_timestamp() - activity.xact_start)::float8 AS age_seconds,
    waiter.mode AS awaited_lock
FROM pg_locks AS waiter
JOIN pg_class AS class ON class.oid = waiter.relation
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
LEFT JOIN pg_stat_activity AS activity ON activity.pid = waiter.pid
WHERE waiter.locktype = 'relation'
    AND waiter.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND NOT waiter.granted
    AND namespace.nspname = $1::text
    AND class.relname = $2::text
    -- Autovacuum does not wait for a table, and gives way where it is at work.
    AND activity.backend_type IS DISTINCT FROM 'autovacuum worker'
ORDER BY process_id
