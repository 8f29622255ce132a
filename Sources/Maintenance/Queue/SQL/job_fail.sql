UPDATE vecsteward.job
SET state = CASE WHEN $2::float8 IS NULL THEN 'failed' ELSE 'waiting' END,
    not_before = statement_timestamp() + make_interval(secs => $2::float8),
    finished_at = CASE WHEN $2::float8 IS NULL THEN statement_timestamp() END,
    put_off = 0,
    put_off_since = NULL,
    put_off_at = NULL,
    failure_sqlstate = $3,
    failure_message = $4,
    failure_hint = $5
WHERE id = $1 AND finished_at IS NULL
