-- Records the names that a job gives, which it may have changed, and the index that it has built.
-- $1: the number of the job; $2, $3: the index and its file; $4 to $7: the names.
UPDATE vecsteward.build_job
SET new_oid = $2,
    new_relfilenode = $3,
    building_name = $4::text,
    finished_name = $5::text,
    retired_name = $6::text,
    parent_name = $7::text
WHERE job_id = $1
    AND EXISTS (SELECT FROM vecsteward.job AS job WHERE job.id = $1 AND job.finished_at IS NULL)
