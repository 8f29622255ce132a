-- $1: the days to keep; $2: the most rows.
DELETE FROM vecsteward.job
WHERE id = ANY (
    ARRAY(
        SELECT id
        FROM vecsteward.job
        WHERE state IN ('done', 'cancelled') AND finished_at < statement_timestamp() - make_interval(days => $1)
        LIMIT $2
    )
)
