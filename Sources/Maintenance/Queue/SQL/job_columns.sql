-- The columns of a job, as text.
-- $1: the number of the job.
SELECT member.key AS name, member.value
FROM job_row AS job
CROSS JOIN jsonb_each_text(to_jsonb(job)) AS member
WHERE job.id = $1
ORDER BY member.key
