-- The sessions that wait for a lock on the table of a running job; those of jobs are from `job_sessions.sql`.
-- $2: the part of a statement that may be reported.
SELECT DISTINCT
    own.pid AS job_process_id,
    waiter.pid AS process_id,
    activity.usename AS role,
    activity.application_name AS application,
    activity.state,
    extract(EPOCH FROM clock_timestamp() - activity.xact_start)::float8 AS age_seconds,
    waiter.mode AS awaited_lock,
    substring(upper(activity.query) FROM $2::text) AS statement
FROM job_session AS worker
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
ORDER BY job_process_id, process_id
