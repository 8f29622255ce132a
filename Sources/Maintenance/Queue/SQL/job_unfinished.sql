-- One that a person wants to end is not kept waiting for it.
SELECT *
FROM job_row AS job
WHERE finished_at IS NULL
    AND ($1::boolean OR not_before IS NULL OR not_before <= statement_timestamp() OR is_cancel_requested)
ORDER BY id
