-- What the first measurement after each rebuild says of it, beside the last one before; no row where one is missing.
-- $1: the numbers of the jobs.
SELECT DISTINCT ON (job.id)
    job.id,
    evidence.names,
    evidence.figures,
    evidence.setting_names,
    evidence.setting_values
FROM vecsteward.job AS job
JOIN vecsteward.build AS build ON build.job_id = job.id
JOIN vecsteward.evidence AS evidence
    ON evidence.index_oid = build.oid
    AND evidence.index_relfilenode = build.relfilenode
    AND evidence.kind = 'recall'
    AND 'beforeRebuild' = ANY (evidence.names)
WHERE job.id = ANY ($1::bigint[]) AND job.kind = 'rebuild_index'
ORDER BY job.id, evidence.taken_at, evidence.id
