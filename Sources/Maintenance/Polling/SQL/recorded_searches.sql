-- The searches of the last day, with the hours in which they were counted.
SELECT
    use.table_oid,
    use.column_name::text AS column_name,
    use.role_name::text AS role_name,
    use.search,
    sum(use.calls)::int8 AS calls,
    sum(use.milliseconds)::float8 AS milliseconds,
    CASE WHEN count(use.rows) = count(*) THEN sum(use.rows) END::int8 AS rows,
    sum(use.blocks_hit)::int8 AS blocks_hit,
    sum(use.blocks_read)::int8 AS blocks_read,
    -- From the first hour on, of which the leader may have counted a part only.
    extract(
        EPOCH FROM statement_timestamp() - (
            SELECT min(hour) FROM vecsteward.search_use WHERE hour >= statement_timestamp() - INTERVAL '1 day'
        )
    )::float8 AS seconds
FROM vecsteward.search_use AS use
WHERE use.hour >= statement_timestamp() - INTERVAL '1 day'
GROUP BY use.table_oid, use.column_name, use.role_name, use.search
ORDER BY calls DESC
LIMIT 10000
