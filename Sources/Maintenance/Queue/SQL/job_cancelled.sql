-- $1: the numbers of jobs.
SELECT id
FROM vecsteward.job
WHERE id = ANY ($1::bigint[]) AND is_cancel_requested
