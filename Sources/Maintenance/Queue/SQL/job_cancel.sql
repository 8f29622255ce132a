-- No session is running a job that has failed or has never started, so it ends at once; a session that is about to start it
-- finds that it has ended. A job that is retried after a failure may have something to clean up.
-- $1: the number of the job.
UPDATE vecsteward.job AS job
SET is_cancel_requested = TRUE,
    state = CASE
        WHEN state = 'failed'
            OR (state = 'queued' AND started_at IS NULL AND failure_message IS NULL AND NOT has_built) THEN 'cancelled'
        ELSE state
    END,
    finished_at = CASE
        WHEN state = 'queued' AND started_at IS NULL AND failure_message IS NULL AND NOT has_built
            THEN statement_timestamp()
        ELSE finished_at
    END
FROM (
    SELECT EXISTS (SELECT FROM vecsteward.build_job WHERE job_id = $1 AND new_oid IS NOT NULL) AS has_built
) AS progress
WHERE id = $1 AND state NOT IN ('done', 'cancelled') AND (state = 'failed' OR NOT is_cancel_requested)
RETURNING state
