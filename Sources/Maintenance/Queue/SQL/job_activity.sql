-- The sessions of running jobs, by their application names, and the server's progress counters of their builds.
-- $1: the application names of the jobs.
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
FROM pg_stat_activity AS activity
LEFT JOIN pg_stat_progress_create_index AS progress ON progress.pid = activity.pid
WHERE activity.datname = current_database()
    AND activity.application_name = ANY ($1::text[])
    AND activity.backend_type = 'client backend'
    AND activity.state = 'active'
ORDER BY activity.pid
