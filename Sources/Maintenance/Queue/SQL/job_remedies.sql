-- The latest job for each work that ended within two days and that no poll has found to help, and the last job of work that
-- was done five times within an hour; each with whether its table is unchanged.
WITH often AS MATERIALIZED (
    SELECT max(id) AS id, count(*) AS jobs
    FROM vecsteward.job
    WHERE state IN ('done', 'cancelled') AND finished_at > statement_timestamp() - INTERVAL '1 hour'
    GROUP BY table_schema, table_name, kind, column_name
    HAVING count(*) >= 5
),
ended AS MATERIALIZED (
    SELECT id
    FROM vecsteward.job
    WHERE helped_at IS NULL
        AND state IN ('done', 'cancelled')
        AND finished_at > statement_timestamp() - INTERVAL '2 days'
    UNION
    SELECT id FROM often
)
SELECT
    job.id,
    job.kind,
    job.table_schema,
    job.table_name,
    job.subject,
    -- The rules that have asked for this work since it was asked for anew: the first of such jobs has no repeats.
    ARRAY(
        SELECT DISTINCT rule.name
        FROM vecsteward.job AS asked
        CROSS JOIN LATERAL unnest(asked.reason_rules) AS rule (name)
        WHERE asked.table_schema = job.table_schema
            AND asked.table_name = job.table_name
            AND asked.kind = job.kind
            AND asked.subject = job.subject
            AND asked.id >= coalesce(
                (
                    SELECT max(first.id)
                    FROM vecsteward.job AS first
                    WHERE first.table_schema = job.table_schema
                        AND first.table_name = job.table_name
                        AND first.kind = job.kind
                        AND first.subject = job.subject
                        AND first.id <= job.id
                        AND first.repeats = 0
                ),
                0
            )
    ) AS rules,
    -- The name of the index that the next job would replace.
    CASE WHEN job.index_name IS NOT NULL THEN build_job.finished_name END AS finished_name,
    job.state = 'cancelled' AS is_cancelled,
    job.end_reason,
    job.repeats,
    greatest(extract(EPOCH FROM statement_timestamp() - job.finished_at), 0)::float8 AS age_seconds,
    coalesce(often.jobs, 0) AS recent,
    coalesce(
        job.helped_at IS NULL
        AND class.oid = job.table_oid
        AND class.relfilenode = job.table_relfilenode
        AND abs(
            pg_stat_get_tuples_inserted(class.oid) + pg_stat_get_tuples_updated(class.oid)
            + pg_stat_get_tuples_deleted(class.oid) - job.seen_writes
        ) <= greatest(job.seen_rows / 10, 100)
        -- Nobody has rebuilt the index in question.
        AND NOT EXISTS (
            SELECT
            FROM pg_index AS index
            JOIN pg_class AS own ON own.oid = index.indexrelid
            WHERE job.index_name IS NOT NULL
                AND index.indrelid = class.oid
                AND own.relname::text IN (job.index_name::text, build_job.finished_name::text)
                AND (own.oid, own.relfilenode) IS DISTINCT FROM (job.index_oid, job.index_relfilenode)
                AND (own.oid, own.relfilenode) IS DISTINCT FROM (build_job.new_oid, build_job.new_relfilenode)
                AND NOT EXISTS (
                    SELECT
                    FROM vecsteward.build AS build
                    WHERE build.job_id = job.id
                        AND (build.oid, build.relfilenode) = (own.oid, own.relfilenode)
                )
        )
        -- Nobody has created or dropped another index; those that jobs have created or dropped do not count.
        AND NOT EXISTS (
            SELECT
            FROM (
                SELECT index.indexrelid AS oid
                FROM pg_index AS index
                JOIN pg_class AS other ON other.oid = index.indexrelid
                WHERE index.indrelid = class.oid
                    AND index.indexrelid <> ALL (job.seen_indexes)
                    AND other.relname NOT LIKE 'vecsteward\_build\_%'
                    AND other.relname NOT LIKE 'vecsteward\_old\_%'
                UNION ALL
                SELECT seen.oid
                FROM unnest(job.seen_indexes) AS seen (oid)
                WHERE NOT EXISTS (
                    SELECT FROM pg_index AS index WHERE index.indexrelid = seen.oid AND index.indrelid = class.oid
                )
            ) AS changed
            WHERE NOT EXISTS (
                    SELECT
                    FROM vecsteward.job AS own
                    LEFT JOIN vecsteward.build_job AS own_build ON own_build.job_id = own.id
                    WHERE own.table_schema = job.table_schema
                        AND own.table_name = job.table_name
                        AND changed.oid IN (own.index_oid, own_build.new_oid)
                )
                AND NOT EXISTS (
                    SELECT
                    FROM vecsteward.build AS build
                    WHERE build.table_schema = job.table_schema
                        AND build.table_name = job.table_name
                        AND build.oid = changed.oid
                        AND build.job_id IS NOT NULL
                )
        ),
        FALSE
    ) AS is_unchanged
FROM ended
JOIN vecsteward.job AS job ON job.id = ended.id
LEFT JOIN vecsteward.build_job AS build_job ON build_job.job_id = job.id
JOIN pg_namespace AS namespace ON namespace.nspname = job.table_schema::text
JOIN pg_class AS class ON class.relnamespace = namespace.oid AND class.relname = job.table_name::text
LEFT JOIN often ON often.id = job.id
WHERE NOT job.is_cancel_requested
    AND NOT EXISTS (
        SELECT
        FROM vecsteward.job AS later
        WHERE later.table_schema = job.table_schema
            AND later.table_name = job.table_name
            AND later.kind = job.kind
            AND later.subject = job.subject
            AND later.id > job.id
    )
ORDER BY job.id
