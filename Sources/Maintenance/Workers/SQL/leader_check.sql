-- Whether a session holds the leader lock of this database.
-- $1: the session's process; $2, $3: the two numbers of the lock.
SELECT
    pg_backend_pid() = $1::int AS is_same_session,
    EXISTS (
        SELECT
        FROM pg_locks
        WHERE locktype = 'advisory'
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND classid = $2::int8::oid
            AND objid = $3::int8::oid
            AND objsubid = 2
            AND granted
            AND pid = $1::int
    ) AS leads
