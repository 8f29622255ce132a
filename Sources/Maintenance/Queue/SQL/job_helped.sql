-- $1: the numbers of jobs whose finding is gone.
UPDATE vecsteward.job
SET helped_at = statement_timestamp()
WHERE id = ANY ($1::bigint[]) AND helped_at IS NULL AND state IN ('done', 'cancelled')
