-- Jobs whose table somebody else has, or waits for, in a lock that they would have to wait for. They are not begun.
SELECT DISTINCT
    job.id AS job_id,
    lock.pid AS process_id,
    coalesce(activity.usename, prepared.owner) AS role,
    coalesce(activity.application_name, prepared.gid) AS application,
    CASE WHEN lock.pid IS NULL THEN 'prepared' ELSE activity.state END AS state,
    extract(EPOCH FROM clock_timestamp() - coalesce(activity.xact_start, prepared.prepared))::float8 AS age_seconds,
    CASE WHEN NOT lock.granted THEN lock.mode END AS awaited_lock,
    -- The kind of its statement: the first word where it is one of PostgreSQL's commands, since the rest is private.
    substring(upper(activity.query) FROM '^\s*(ALTER|ANALYZE|BEGIN|CALL|CLUSTER|COMMENT|COMMIT|COPY|CREATE|DELETE|DO|DROP|EXECUTE|FETCH|GRANT|INSERT|LOCK|MERGE|REFRESH|REINDEX|RESET|REVOKE|ROLLBACK|SAVEPOINT|SELECT|SET|SHOW|START|TRUNCATE|UPDATE|VACUUM|WITH)\M') AS statement
FROM pg_locks AS lock
JOIN pg_class AS class ON class.oid = lock.relation
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
JOIN vecsteward.job AS job
    ON job.table_schema = namespace.nspname::text
    AND job.table_name = class.relname::text
    AND job.finished_at IS NULL
    AND NOT job.is_cancel_requested
LEFT JOIN pg_stat_activity AS activity ON activity.pid = lock.pid
LEFT JOIN pg_locks AS own
    ON lock.pid IS NULL
    AND own.pid IS NULL
    AND own.locktype = 'transactionid'
    AND own.virtualtransaction = lock.virtualtransaction
LEFT JOIN pg_prepared_xacts AS prepared ON prepared.transaction = own.transactionid
WHERE lock.locktype = 'relation'
    AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND lock.mode IN (
        'ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'
    )
    AND lock.pid IS DISTINCT FROM pg_backend_pid()
    -- Autovacuum gives way; and what a job's own session does is gone on with.
    AND activity.backend_type IS DISTINCT FROM 'autovacuum worker'
    AND NOT coalesce(activity.usename = current_user AND activity.application_name ~ '^vecsteward job [0-9]+$', FALSE)
ORDER BY job_id, process_id
