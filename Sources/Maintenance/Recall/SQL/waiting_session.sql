-- A session that waits for a lock on a table behind a measurement; everybody else would wait behind that one.
-- $1: the process of the measurement.
SELECT lock.pid::int8 AS process_id, activity.usename AS role, activity.application_name AS application
FROM pg_locks AS lock
LEFT JOIN pg_stat_activity AS activity ON activity.pid = lock.pid
WHERE lock.locktype = 'relation'
    AND NOT lock.granted
    AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND $1::int = ANY (pg_blocking_pids(lock.pid))
LIMIT 1
