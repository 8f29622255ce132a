-- Relations with a lock, held or waited for, that matters to a reader or a builder.
SELECT
    relation::int8 AS oid,
    bool_or(mode = 'AccessExclusiveLock') AS is_exclusive,
    bool_or(granted AND mode IN ('ShareUpdateExclusiveLock', 'ShareLock')) AS may_be_building,
    min(pid) FILTER (WHERE mode = 'AccessExclusiveLock') AS process_id
FROM pg_locks
WHERE locktype = 'relation'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND mode IN ('AccessExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock')
    AND pid IS DISTINCT FROM pg_backend_pid()
GROUP BY relation
