-- A measurement of the index that a job rebuilds, if it is queued and has not failed to begin: what it finds can be compared
-- with what the new index finds. After ten minutes the job does not wait for it.
-- $1: the number of the job.
SELECT measurement.id
FROM vecsteward.job AS job
JOIN vecsteward.job AS measurement
    ON measurement.kind = 'measure_recall'
    AND measurement.table_schema = job.table_schema
    AND measurement.table_name = job.table_name
    AND measurement.index_name = job.index_name
    AND (measurement.index_oid, measurement.index_relfilenode) = (job.index_oid, job.index_relfilenode)
    AND measurement.finished_at IS NULL
    AND measurement.state <> 'waiting'
JOIN vecsteward.recall_job AS recall_job
    ON recall_job.job_id = measurement.id
    AND NOT recall_job.is_check
WHERE job.id = $1
    AND job.origin = 'rule'
    AND job.created_at > statement_timestamp() - INTERVAL '10 minutes'
LIMIT 1
