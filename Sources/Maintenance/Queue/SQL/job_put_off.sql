-- Puts a job off that others are in the way of, for longer each time. One that was last put off long ago, and has worked or
-- waited for something else since, begins with the shortest pause again.
-- $1: the number of the job; $2: who is in its way; $3: the pauses in seconds after the first time, the second and so on.
WITH next AS (
    SELECT
        job.id,
        CASE
            WHEN statement_timestamp() - job.put_off_at <= make_interval(secs => 2 * pauses.longest) THEN job.put_off + 1
            ELSE 1
        END AS number
    FROM vecsteward.job AS job
    CROSS JOIN (SELECT max(seconds) AS longest FROM unnest($3::float8[]) AS pause (seconds)) AS pauses
    WHERE job.id = $1
)
UPDATE vecsteward.job AS job
SET state = 'waiting',
    put_off = next.number,
    put_off_since = CASE WHEN next.number = 1 THEN statement_timestamp() ELSE job.put_off_since END,
    put_off_at = statement_timestamp(),
    not_before = statement_timestamp()
        + make_interval(secs => ($3::float8[])[least(next.number, cardinality($3::float8[]))]),
    failure_sqlstate = NULL,
    failure_message = $2::text,
    failure_hint = NULL
FROM next
WHERE job.id = next.id AND job.finished_at IS NULL
RETURNING extract(EPOCH FROM job.not_before - statement_timestamp())::float8 AS seconds
