SELECT
    progress.pid AS process_id,
    progress.relid::int8 AS table_oid,
    nullif(progress.index_relid, 0)::int8 AS index_oid,
    progress.phase,
    CASE
        WHEN progress.tuples_total > 0 THEN progress.tuples_done::float8 / progress.tuples_total
        WHEN progress.blocks_total > 0 THEN progress.blocks_done::float8 / progress.blocks_total
    END AS phase_fraction,
    extract(EPOCH FROM clock_timestamp() - activity.query_start)::float8 AS elapsed_seconds
FROM pg_stat_progress_create_index AS progress
LEFT JOIN pg_stat_activity AS activity ON activity.pid = progress.pid
WHERE progress.datname = current_database() AND progress.relid IS NOT NULL
