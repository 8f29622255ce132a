-- A job that a person has cancelled does not wait for its next try.
SELECT *
FROM job_row AS job
WHERE finished_at IS NULL
    AND ($1::boolean OR not_before IS NULL OR not_before <= statement_timestamp() OR is_cancel_requested)
ORDER BY id
