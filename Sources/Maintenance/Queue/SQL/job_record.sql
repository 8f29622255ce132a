UPDATE vecsteward.job
SET state = $2::text,
    attempts = $3,
    end_reason = CASE WHEN $2::text = 'cancelled' THEN $4::text END,
    not_before = CASE WHEN $2::text = 'waiting' THEN not_before END,
    started_at = CASE
        WHEN $2::text IN ('running', 'proving', 'swapping', 'cleaning') THEN coalesce(started_at, statement_timestamp())
        ELSE started_at
    END,
    finished_at = CASE WHEN $2::text IN ('done', 'failed', 'cancelled') THEN statement_timestamp() END
WHERE id = $1 AND finished_at IS NULL
