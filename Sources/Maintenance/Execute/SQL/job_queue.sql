-- Who waits for a lock on a table that a running job works on.
-- $1: the application names of the jobs.
SELECT DISTINCT
    own.pid AS job_process_id,
    waiter.pid AS process_id,
    activity.usename AS role,
    activity.application_name AS application,
    activity.state,
    extract(EPOCH FROM clock_timestamp() - activity.xact_start)::float8 AS age_seconds,
    waiter.mode AS awaited_lock,
    -- The kind of its statement: the first word where it is one of PostgreSQL's commands, since the rest is private.
    substring(upper(activity.query) FROM '^\s*(ALTER|ANALYZE|BEGIN|CALL|CLUSTER|COMMENT|COMMIT|COPY|CREATE|DELETE|DO|DROP|EXECUTE|FETCH|GRANT|INSERT|LOCK|MERGE|REFRESH|REINDEX|RESET|REVOKE|ROLLBACK|SAVEPOINT|SELECT|SET|SHOW|START|TRUNCATE|UPDATE|VACUUM|WITH)\M') AS statement
FROM pg_stat_activity AS worker
JOIN pg_locks AS own
    ON own.pid = worker.pid
    AND own.locktype = 'relation'
    AND own.granted
    AND own.mode IN ('ShareUpdateExclusiveLock', 'ShareLock', 'AccessExclusiveLock')
JOIN pg_locks AS waiter
    ON waiter.locktype = 'relation'
    AND waiter.database = own.database
    AND waiter.relation = own.relation
    AND NOT waiter.granted
    AND waiter.pid <> own.pid
LEFT JOIN pg_stat_activity AS activity ON activity.pid = waiter.pid
WHERE worker.datname = current_database()
    AND worker.application_name = ANY ($1::text[])
    AND worker.backend_type = 'client backend'
ORDER BY job_process_id, process_id
