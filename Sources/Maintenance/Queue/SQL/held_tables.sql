-- Jobs on whose table another session holds or awaits a lock, from `locking_sessions.sql`: a stranger, for whom the job does not
-- start, or a background job, which gives way.
SELECT DISTINCT
    job.id AS job_id,
    background.id AS background_job_id,
    locking_session.is_in_the_way,
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
-- The job whose session it is: any session can use a job's application name, but not with this role.
CROSS JOIN LATERAL (
    SELECT
        CASE
            WHEN locking_session.process_id IS NOT NULL AND locking_session.role = current_user
                THEN substring(locking_session.application FROM '^vecsteward job ([0-9]{1,18})$')::bigint
        END AS id
) AS own
LEFT JOIN vecsteward.job AS background ON background.id = own.id AND background.lane = 'background'
WHERE background.id IS NOT NULL
    -- A job whose own session still runs is resumed.
    OR locking_session.is_in_the_way AND own.id IS NULL
ORDER BY job_id, process_id
