-- Other sessions that hold or await a lock on a table of this database, for the statements that read who blocks a job
-- (`LockingSession.statement`). Autovacuum is left out: it does not wait for a table, and yields when it is running.
-- $1: the part of a statement that may be reported.
SELECT
    namespace.nspname AS table_schema,
    class.relname AS table_name,
    lock.pid AS process_id,
    coalesce(activity.usename, prepared.owner) AS role,
    coalesce(activity.application_name, prepared.gid) AS application,
    CASE WHEN lock.pid IS NULL THEN 'prepared' ELSE activity.state END AS state,
    extract(EPOCH FROM clock_timestamp() - coalesce(activity.xact_start, prepared.prepared))::float8 AS age_seconds,
    CASE WHEN NOT lock.granted THEN lock.mode END AS awaited_lock,
    substring(upper(activity.query) FROM $1::text) AS statement,
    -- Whether a new job has to wait for it.
    lock.mode IN (
        'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'
    ) AS is_in_the_way
FROM pg_locks AS lock
JOIN pg_class AS class ON class.oid = lock.relation
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
LEFT JOIN pg_stat_activity AS activity ON activity.pid = lock.pid
-- A prepared transaction has no process: its virtual transaction identifies its locks.
LEFT JOIN pg_locks AS own
    ON lock.pid IS NULL
    AND own.pid IS NULL
    AND own.locktype = 'transactionid'
    AND own.virtualtransaction = lock.virtualtransaction
LEFT JOIN pg_prepared_xacts AS prepared ON prepared.transaction = own.transactionid
WHERE lock.locktype = 'relation'
    AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND lock.pid IS DISTINCT FROM pg_backend_pid()
    AND activity.backend_type IS DISTINCT FROM 'autovacuum worker'
