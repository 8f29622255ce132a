-- $1: the numbers of the jobs.
SELECT *
FROM job_row AS job
WHERE id = ANY ($1::bigint[])
ORDER BY id
