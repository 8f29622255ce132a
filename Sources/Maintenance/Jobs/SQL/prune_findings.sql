DELETE FROM vecsteward.finding
WHERE resolved_at < statement_timestamp() - make_interval(days => $1)
