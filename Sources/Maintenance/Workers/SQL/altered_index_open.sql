-- Indexes whose lists were set for a REINDEX, by one job or by all jobs that no session is running. They are to be set back
-- if the index is still the same build, and nobody has changed them since.
-- $1: the job, NULL for all whose job is over, waits or is gone.
SELECT
    altered.oid::int8 AS oid,
    altered.relfilenode::int8 AS relfilenode,
    altered.former_lists,
    altered.lists,
    namespace.nspname AS schema,
    class.relname AS name,
    class.oid IS NOT NULL
        AND EXISTS (
            SELECT FROM pg_options_to_table(class.reloptions)
            WHERE option_name = 'lists' AND option_value = altered.lists::text
        ) AS is_to_be_undone
FROM vecsteward.altered_index AS altered
LEFT JOIN pg_class AS class ON class.oid = altered.oid AND class.relfilenode = altered.relfilenode
LEFT JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE CASE
    WHEN $1::bigint IS NOT NULL THEN altered.job_id = $1::bigint
    ELSE NOT EXISTS (
        SELECT
        FROM vecsteward.job AS job
        WHERE job.id = altered.job_id AND job.finished_at IS NULL AND job.state NOT IN ('queued', 'waiting')
    )
END
ORDER BY altered.oid
