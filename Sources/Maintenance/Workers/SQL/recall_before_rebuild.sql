-- The last recall that was measured of an index before its rebuild by a job, and the number of that job. What was measured before
-- more than a tenth of the rows was written says nothing about the rebuild: the table was another one.
-- $1, $2: the rebuilt index and its file.
SELECT
    job.id,
    evidence.names,
    evidence.figures,
    evidence.setting_names,
    evidence.setting_values
FROM vecsteward.build AS build
JOIN pg_index AS index ON index.indexrelid = build.oid
JOIN vecsteward.job AS job ON job.id = build.job_id AND job.kind = 'rebuild_index'
JOIN vecsteward.evidence AS evidence
    ON evidence.index_oid = job.index_oid
    AND evidence.index_relfilenode = job.index_relfilenode
    AND evidence.kind = 'recall'
WHERE build.oid = $1::int8::oid
    AND build.relfilenode = $2::int8::oid
    AND (job.index_oid, job.index_relfilenode) IS DISTINCT FROM (build.oid, build.relfilenode)
    AND pg_stat_get_tuples_inserted(index.indrelid) + pg_stat_get_tuples_updated(index.indrelid)
        + pg_stat_get_tuples_deleted(index.indrelid) - evidence.writes
        BETWEEN 0 AND greatest(evidence.rows / 10, 100)
ORDER BY evidence.taken_at DESC, evidence.id DESC
LIMIT 1
