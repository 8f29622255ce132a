-- On one that has failed, or that nobody has ever begun, nobody is at work: there is nothing to wait for. Whoever wants to begin
-- it at this moment finds that it is final. One that is tried again after a failure may have something to be cleaned up.
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
