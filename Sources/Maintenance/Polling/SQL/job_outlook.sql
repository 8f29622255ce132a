-- The part of the queue that a report shows: first running jobs, then failed ones that wait for a person, then the
-- others in the order in which they will start.
-- $1: how many.
SELECT
    *,
    extract(EPOCH FROM created_at)::float8 AS created_epoch,
    extract(EPOCH FROM started_at)::float8 AS started_epoch,
    extract(EPOCH FROM finished_at)::float8 AS finished_epoch,
    extract(EPOCH FROM not_before)::float8 AS not_before_epoch,
    extract(EPOCH FROM put_off_since)::float8 AS put_off_epoch,
    count(*) OVER () AS total,
    count(*) FILTER (WHERE state = 'failed') OVER () AS failed
FROM job_row AS job
WHERE finished_at IS NULL OR state = 'failed'
ORDER BY
    CASE state WHEN 'failed' THEN 1 WHEN 'queued' THEN 2 WHEN 'waiting' THEN 2 ELSE 0 END,
    finished_at DESC,
    lane = 'background',
    created_at > statement_timestamp() - INTERVAL '6 hours',
    CASE WHEN created_at <= statement_timestamp() - INTERVAL '6 hours' THEN created_at END,
    origin = 'rule',
    rank,
    urgency DESC,
    id
LIMIT $1
