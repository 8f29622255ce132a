-- The sessions that running jobs wait for; those of jobs are from `job_sessions.sql`. A prepared transaction blocks as process
-- 0, and is identified by its lock.
-- $2: the part of a statement that may be reported.
SELECT *
FROM (
    WITH waiting AS MATERIALIZED (
        SELECT pid, pg_blocking_pids(pid) AS blockers
        FROM job_session
        WHERE wait_event_type = 'Lock'
    )
    SELECT
        waiting.pid AS job_process_id,
        blocker.pid AS process_id,
        activity.usename AS role,
        activity.application_name AS application,
        activity.state,
        extract(EPOCH FROM clock_timestamp() - activity.xact_start)::float8 AS age_seconds,
        NULL::text AS awaited_lock,
        substring(upper(activity.query) FROM $2::text) AS statement
    FROM waiting
    CROSS JOIN LATERAL (SELECT DISTINCT unnest(waiting.blockers) AS pid) AS blocker
    LEFT JOIN pg_stat_activity AS activity ON activity.pid = blocker.pid
    WHERE blocker.pid <> 0 AND blocker.pid <> pg_backend_pid()
    UNION ALL
    SELECT DISTINCT
        waiting.pid,
        NULL::int,
        prepared.owner,
        prepared.gid,
        'prepared',
        extract(EPOCH FROM clock_timestamp() - prepared.prepared)::float8,
        NULL::text,
        NULL::text
    FROM waiting
    JOIN pg_locks AS awaited ON awaited.pid = waiting.pid AND NOT awaited.granted
    JOIN pg_locks AS held
        ON held.granted
        AND held.pid IS NULL
        AND held.locktype = awaited.locktype
        AND held.database IS NOT DISTINCT FROM awaited.database
        AND held.relation IS NOT DISTINCT FROM awaited.relation
        AND held.transactionid IS NOT DISTINCT FROM awaited.transactionid
    -- Identifies it: every transaction that holds such a lock also holds one on its own identifier.
    JOIN pg_locks AS own
        ON own.granted
        AND own.pid IS NULL
        AND own.locktype = 'transactionid'
        AND own.virtualtransaction = held.virtualtransaction
    JOIN pg_prepared_xacts AS prepared ON prepared.transaction = own.transactionid
    WHERE 0 = ANY (waiting.blockers)
) AS found
ORDER BY job_process_id, age_seconds DESC NULLS LAST
