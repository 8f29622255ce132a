UPDATE vecsteward.job
SET state = 'queued',
    not_before = NULL,
    attempts = 0,
    repeats = 0,
    helped_at = NULL,
    end_reason = NULL,
    put_off = 0,
    put_off_since = NULL,
    put_off_at = NULL,
    is_cancel_requested = FALSE,
    started_at = NULL,
    finished_at = NULL
WHERE id = $1 AND state IN ('failed', 'cancelled', 'waiting')
