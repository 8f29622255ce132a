DELETE FROM vecsteward.job
WHERE state IN ('done', 'cancelled') AND finished_at < statement_timestamp() - make_interval(days => $1)
