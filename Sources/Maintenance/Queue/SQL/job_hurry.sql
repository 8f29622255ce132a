-- A job that a person asks for waits neither for a maintenance window nor for the pause after a failure.
-- $1: the number of the job.
UPDATE vecsteward.job
SET origin = 'person',
    not_before = NULL,
    put_off = 0,
    put_off_since = NULL,
    put_off_at = NULL
WHERE id = $1 AND finished_at IS NULL
