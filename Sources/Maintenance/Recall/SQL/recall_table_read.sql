-- Whether this transaction has read the table that was meant, and not one that has taken its name.
-- $1: the table.
SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE pid = pg_backend_pid()
        AND locktype = 'relation'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND relation = $1::int8::oid
        AND granted
) AS is_read
