-- The sessions of running jobs, from `job_sessions.sql`, and the server's progress counters of their builds. If several have
-- the name of a job, the last is the likeliest.
SELECT
    activity.application_name AS application,
    activity.pid AS process_id,
    coalesce(extract(EPOCH FROM clock_timestamp() - activity.query_start), 0)::float8 AS seconds,
    -- It waits for a table or an index, and has not started.
    activity.wait_event_type = 'Lock' AND activity.wait_event = 'relation' AS awaits_relation,
    (SELECT count(*) FROM pg_stat_activity AS helper WHERE helper.leader_pid = activity.pid) AS workers,
    progress.phase,
    coalesce(progress.blocks_done, 0) AS blocks_done,
    coalesce(progress.blocks_total, 0) AS blocks_total,
    coalesce(progress.tuples_done, 0) AS tuples_done,
    coalesce(progress.tuples_total, 0) AS tuples_total
FROM job_session AS activity
LEFT JOIN pg_stat_progress_create_index AS progress ON progress.pid = activity.pid
-- Between the statements of a background job, its transaction may be open.
WHERE activity.state IN ('active', 'idle in transaction')
ORDER BY activity.is_own, activity.state = 'active', progress.pid IS NOT NULL, activity.pid
