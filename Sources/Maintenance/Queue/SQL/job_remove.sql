-- $1: the number of the job.
DELETE FROM vecsteward.job
WHERE id = $1
