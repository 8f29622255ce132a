-- The place where an index will be stored, and whether this host can check it.
-- $1: the tablespace, NULL for the default one; $2: whether that is the database's, whatever the session's is.
SELECT
    pg_backend_pid() AS process_id,
    current_user AS role,
    inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr() AS is_near,
    -- NULL for a role that may not see it.
    (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS data_directory,
    space.spcname AS tablespace,
    pg_tablespace_location(space.oid) AS location,
    pg_size_bytes(current_setting('max_wal_size')) AS max_wal_bytes,
    current_setting('dynamic_shared_memory_type') AS shared_memory_type
FROM pg_tablespace AS space
WHERE space.spcname = coalesce(
    $1::text,
    CASE WHEN NOT $2::boolean THEN nullif(current_setting('default_tablespace'), '') END,
    (
        SELECT own.spcname
        FROM pg_database AS database
        JOIN pg_tablespace AS own ON own.oid = database.dattablespace
        WHERE database.datname = current_database()
    )
)
