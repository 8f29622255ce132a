-- Only what nobody has begun gives way; whoever wants to begin it at this moment finds that it is final.
-- $1: the number of the job.
UPDATE vecsteward.job
SET state = 'cancelled',
    is_cancel_requested = TRUE,
    not_before = NULL,
    finished_at = statement_timestamp()
WHERE id = $1 AND state IN ('queued', 'waiting') AND origin = 'rule'
