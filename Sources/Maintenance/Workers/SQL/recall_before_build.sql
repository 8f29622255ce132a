-- What an index was measured to find before a rule's job rebuilds it, and its lists.
-- The measurement was asked for by the poll that queued the job, so an older one is left to that poll, which knows the settings
-- of the searches; the ten minutes are for one that ended between the two. It holds as in a poll: no more than a tenth of the
-- rows was written since.
-- $1: the number of the job.
SELECT
    evidence.names,
    evidence.figures,
    evidence.setting_names,
    evidence.setting_values,
    (SELECT option_value FROM pg_options_to_table(own.reloptions) WHERE option_name = 'lists') AS lists
FROM vecsteward.job AS job
JOIN pg_class AS own ON own.oid = job.index_oid AND own.relfilenode = job.index_relfilenode
JOIN pg_index AS index ON index.indexrelid = own.oid
CROSS JOIN LATERAL (
    SELECT latest.*
    FROM vecsteward.evidence AS latest
    WHERE latest.index_oid = own.oid
        AND latest.index_relfilenode = own.relfilenode
        AND latest.kind = 'recall'
    ORDER BY latest.taken_at DESC, latest.id DESC
    LIMIT 1
) AS evidence
WHERE job.id = $1
    AND job.origin = 'rule'
    AND evidence.taken_at >= job.created_at - INTERVAL '10 minutes'
    AND pg_stat_get_tuples_inserted(index.indrelid) + pg_stat_get_tuples_updated(index.indrelid)
        + pg_stat_get_tuples_deleted(index.indrelid) - evidence.writes
        BETWEEN 0 AND greatest(evidence.rows / 10, 100)
