-- $1: the days to keep; $2: the most rows.
DELETE FROM vecsteward.finding
WHERE id = ANY (
    ARRAY(
        SELECT id
        FROM vecsteward.finding
        WHERE resolved_at < statement_timestamp() - make_interval(days => $1)
        LIMIT $2
    )
)
