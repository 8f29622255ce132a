UPDATE vecsteward.job
SET state = $2::text,
    attempts = $3,
    new_oid = $4,
    new_relfilenode = $5,
    end_reason = CASE WHEN $2::text = 'cancelled' THEN $6::text END,
    building_name = $7::text,
    finished_name = $8::text,
    retired_name = $9::text,
    parent_name = $10::text,
    not_before = CASE WHEN $2::text = 'waiting' THEN not_before END,
    started_at = CASE
        WHEN $2::text IN ('running', 'proving', 'swapping', 'cleaning') THEN coalesce(started_at, statement_timestamp())
        ELSE started_at
    END,
    finished_at = CASE WHEN $2::text IN ('done', 'failed', 'cancelled') THEN statement_timestamp() END
WHERE id = $1 AND finished_at IS NULL
