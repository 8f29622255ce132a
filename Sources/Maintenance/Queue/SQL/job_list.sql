SELECT
    *,
    extract(EPOCH FROM created_at)::float8 AS created_epoch,
    extract(EPOCH FROM started_at)::float8 AS started_epoch,
    extract(EPOCH FROM finished_at)::float8 AS finished_epoch,
    extract(EPOCH FROM not_before)::float8 AS not_before_epoch,
    extract(EPOCH FROM put_off_since)::float8 AS put_off_epoch
FROM job_row AS job
WHERE $1::bigint IS NULL OR id = $1::bigint
ORDER BY finished_at IS NOT NULL, id DESC
LIMIT $2
