-- The jobs that may start now, in their order; started jobs come before new ones.
-- After six hours no other job passes a job any more, so none waits for ever. But all others pass background jobs, however
-- old those are.
-- $1: the numbers of the running jobs that use their table exclusively; $2: the numbers of jobs to leave out;
-- $3: whether a window is open; $4: the lanes; $5: the most jobs of each.
SELECT *
FROM (
    SELECT *, row_number() OVER (PARTITION BY lane ORDER BY place) AS place_in_lane
    FROM (
        SELECT
            job.*,
            row_number() OVER (
                ORDER BY
                    lane = 'background',
                    state IN ('queued', 'waiting'),
                    created_at > statement_timestamp() - INTERVAL '6 hours',
                    CASE WHEN created_at <= statement_timestamp() - INTERVAL '6 hours' THEN created_at END,
                    origin = 'rule',
                    rank,
                    urgency DESC,
                    id
            ) AS place
        FROM job_row AS job
        WHERE finished_at IS NULL
            AND id <> ALL ($2::bigint[])
            AND (not_before IS NULL OR not_before <= statement_timestamp() OR is_cancel_requested)
            AND lane = ANY ($4::text[])
            AND ($3::boolean OR origin = 'person' OR state NOT IN ('queued', 'waiting') OR is_cancel_requested)
            AND NOT EXISTS (
                SELECT
                FROM vecsteward.job AS busy
                WHERE busy.id = ANY ($1::bigint[])
                    AND busy.table_schema = job.table_schema
                    AND busy.table_name = job.table_name
            )
    ) AS ordered
) AS due
WHERE place_in_lane <= $5::int
ORDER BY place
