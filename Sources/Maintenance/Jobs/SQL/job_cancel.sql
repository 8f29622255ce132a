-- Nobody is at work on a failed one, so there is nothing to wait for.
UPDATE vecsteward.job
SET is_cancel_requested = TRUE,
    state = CASE state WHEN 'failed' THEN 'cancelled' ELSE state END
WHERE id = $1 AND state NOT IN ('done', 'cancelled') AND (state = 'failed' OR NOT is_cancel_requested)
