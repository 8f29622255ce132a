-- Jobs that do not start, because another session holds or awaits a lock on their table that they would have to wait for;
-- from `locking_sessions.sql`.
SELECT DISTINCT
    job.id AS job_id,
    locking_session.process_id,
    locking_session.role,
    locking_session.application,
    locking_session.state,
    locking_session.age_seconds,
    locking_session.awaited_lock,
    locking_session.statement
FROM locking_session
JOIN vecsteward.job AS job
    ON job.table_schema = locking_session.table_schema::text
    AND job.table_name = locking_session.table_name::text
    AND job.finished_at IS NULL
    AND NOT job.is_cancel_requested
    -- Background jobs only read.
    AND job.lane <> 'background'
WHERE locking_session.is_in_the_way
    -- A job whose own session still runs is resumed.
    AND NOT coalesce(
        locking_session.process_id IS NOT NULL
        AND locking_session.role = current_user
        AND locking_session.application ~ '^vecsteward job [0-9]+$',
        FALSE
    )
ORDER BY job_id, process_id
