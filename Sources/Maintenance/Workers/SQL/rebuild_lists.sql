-- Records other lists for a rebuild that has not begun, with the names that fit them.
-- $1: the number of the job; $2: the lists; $3: the storage parameters to write; $4, $5: the name of the new index, and that of
-- the old one until it is dropped.
UPDATE vecsteward.build_job
SET lists = $2::integer,
    options = $3::text[],
    finished_name = $4::text,
    retired_name = $5::text
WHERE job_id = $1
    AND EXISTS (SELECT FROM vecsteward.job AS job WHERE job.id = $1 AND job.state IN ('queued', 'waiting'))
