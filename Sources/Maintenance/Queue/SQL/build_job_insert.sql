-- The columns of a job that builds, besides those of every job. Inserts nothing if the job itself was not queued because the
-- same work already is.
-- $1, $2: schema and name of its table; $3: its kind; $4: its subject; then the columns in their order.
INSERT INTO vecsteward.build_job (
    job_id, job_kind, building_name, finished_name, retired_name, is_attached, parent_name, parent_exists, choice_reason,
    method, lists, m, ef_construction, measure, operator_class_schema, operator_class, expression, predicate, tablespace,
    comment, options, statistics_target, extensions,
    predicted_memory_bytes, predicted_disk_bytes, predicted_seconds, prediction_builds,
    maintenance_work_memory_bytes, parallel_workers,
    indexed_type, indexed_dimensions, expected_rows, expected_elements,
    predicted_training_seconds, predicted_assigning_seconds
)
SELECT
    job.id, job.kind, $5::text, $6::text, $7::text, $8::boolean, $9::text, $10::boolean, $11::text,
    $12::text, $13::integer, $14::integer, $15::integer, $16::text, $17::text, $18::text, $19::text, $20::text, $21::text,
    $22::text, $23::text[], $24::integer, $25::text[],
    $26::bigint, $27::bigint, $28::float8, $29::integer,
    $30::bigint, $31::integer,
    $32::text, $33::integer, $34::bigint, $35::bigint,
    $36::float8, $37::float8
FROM vecsteward.job AS job
WHERE job.table_schema = $1::text
    AND job.table_name = $2::text
    AND job.kind = $3::text
    AND job.subject = $4::text
    AND job.finished_at IS NULL
    AND NOT EXISTS (SELECT FROM vecsteward.build_job AS known WHERE known.job_id = job.id)
