SELECT count(*) AS jobs
FROM vecsteward.job
WHERE state IN ('queued', 'waiting')
    AND origin = 'rule'
    AND (not_before IS NULL OR not_before <= statement_timestamp())
