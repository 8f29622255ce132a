-- What a job measures with, besides the columns of every job. Inserts nothing if the job itself was not queued because the same
-- work already is.
-- $1, $2: schema and name of its table; $3: its kind; $4: its subject; then the columns in their order.
INSERT INTO vecsteward.recall_job (
    job_id, neighbours, queries, has_what_if, budget_seconds, setting_names, setting_values, is_check
)
SELECT job.id, $5::integer, $6::integer, $7::boolean, $8::float8, $9::text[], $10::text[], $11::boolean
FROM vecsteward.job AS job
WHERE job.table_schema = $1::text
    AND job.table_name = $2::text
    AND job.kind = $3::text
    AND job.subject = $4::text
    AND job.finished_at IS NULL
    AND NOT EXISTS (SELECT FROM vecsteward.recall_job AS known WHERE known.job_id = job.id)
