-- The texts of statements that other sessions run or ran last, if they have an operator or function of distance, and the number
-- under which pg_stat_statements counts each: from PostgreSQL 14 on, where the server computes it.
-- $1: the operators and functions.
SELECT
    activity.usesysid::int8 AS role_oid,
    activity.query AS text,
    (to_jsonb(activity) ->> 'query_id')::int8 AS query_id,
    octet_length(activity.query) >= pg_size_bytes(current_setting('track_activity_query_size')) - 1 AS is_cut
FROM pg_stat_activity AS activity
WHERE activity.datname = current_database()
    AND activity.backend_type = 'client backend'
    AND activity.pid <> pg_backend_pid()
    AND activity.usesysid IS NOT NULL
    AND EXISTS (SELECT FROM unnest($1::text[]) AS distance WHERE strpos(activity.query, distance) > 0)
LIMIT 1000
