-- The last recall that was measured of an index before its rebuild by a job, and the number of that job.
-- $1, $2: the rebuilt index and its file.
SELECT
    job.id,
    evidence.names,
    evidence.figures,
    evidence.setting_names,
    evidence.setting_values
FROM vecsteward.build AS build
JOIN vecsteward.job AS job ON job.id = build.job_id AND job.kind = 'rebuild_index'
JOIN vecsteward.evidence AS evidence
    ON evidence.index_oid = job.index_oid
    AND evidence.index_relfilenode = job.index_relfilenode
    AND evidence.kind = 'recall'
WHERE build.oid = $1::int8::oid
    AND build.relfilenode = $2::int8::oid
    AND (job.index_oid, job.index_relfilenode) IS DISTINCT FROM (build.oid, build.relfilenode)
ORDER BY evidence.taken_at DESC, evidence.id DESC
LIMIT 1
