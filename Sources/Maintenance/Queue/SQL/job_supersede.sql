-- Supersedes only a job that has not started; a session that is about to start it finds that it has ended.
-- $1: the number of the job.
UPDATE vecsteward.job
SET state = 'cancelled',
    is_cancel_requested = TRUE,
    not_before = NULL,
    finished_at = statement_timestamp()
WHERE id = $1 AND state IN ('queued', 'waiting') AND origin = 'rule'
