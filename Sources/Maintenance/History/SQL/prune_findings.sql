-- $1: how many days are kept; $2: how many rows at most.
DELETE FROM vecsteward.finding
WHERE id = ANY (
    ARRAY(
        SELECT id
        FROM vecsteward.finding
        WHERE resolved_at < statement_timestamp() - make_interval(days => $1)
        LIMIT $2
    )
)
