-- Unfinished or failed jobs for the same work.
-- $1: the schema of the table; $2: the table; $3: the kind; $4: the subject.
SELECT *
FROM job_row AS job
WHERE table_schema = $1::text
    AND table_name = $2::text
    AND kind = $3::text
    AND subject = $4::text
    AND (finished_at IS NULL OR state = 'failed')
ORDER BY id
