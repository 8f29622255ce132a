-- Sessions and prepared transactions that a concurrent build would wait for, the oldest first.
(
    SELECT
        activity.pid AS process_id,
        activity.usename AS role,
        activity.application_name AS application,
        activity.state,
        extract(EPOCH FROM clock_timestamp() - activity.xact_start)::float8 AS age_seconds
    FROM pg_stat_activity AS activity
    WHERE activity.datname = current_database()
        AND (activity.backend_xmin IS NOT NULL OR activity.backend_xid IS NOT NULL)
        AND activity.backend_type = 'client backend'
        AND activity.pid <> pg_backend_pid()
        AND activity.xact_start < clock_timestamp() - INTERVAL '10 seconds'
        AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS build WHERE build.pid = activity.pid)
    ORDER BY activity.xact_start
    LIMIT 20
)
UNION ALL
(
    SELECT
        NULL,
        prepared.owner,
        prepared.gid,
        'prepared',
        extract(EPOCH FROM clock_timestamp() - prepared.prepared)::float8
    FROM pg_prepared_xacts AS prepared
    WHERE prepared.database = current_database()
    ORDER BY prepared.prepared
    LIMIT 20
)
ORDER BY age_seconds DESC
