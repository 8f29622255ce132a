SELECT
    current_database() AS database,
    current_user AS role,
    current_setting('server_version_num')::int AS version_number,
    extract(EPOCH FROM clock_timestamp())::float8 AS observed_at,
    pg_is_in_recovery() AS is_in_recovery,
    extension.extversion AS pgvector_version,
    namespace.nspname AS pgvector_schema,
    EXISTS (SELECT FROM pg_am WHERE amname = 'hnsw') AS has_hnsw,
    EXISTS (SELECT FROM pg_am WHERE amname = 'ivfflat') AS has_ivfflat,
    pg_size_bytes(current_setting('maintenance_work_mem')) AS maintenance_work_memory_bytes,
    current_setting('max_parallel_maintenance_workers')::int AS max_parallel_maintenance_workers,
    least(
        current_setting('max_parallel_workers')::int,
        current_setting('max_worker_processes')::int
    ) AS max_parallel_workers,
    current_setting('autovacuum')::bool AS is_autovacuum_on,
    nullif(current_setting('ivfflat.probes', TRUE), '')::int AS probes,
    pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all_activity,
    EXISTS (
        SELECT
        FROM pg_namespace AS own
        JOIN pg_class AS class ON class.relnamespace = own.oid
        WHERE own.nspname = 'vecsteward'
            AND class.relname = 'build'
            AND class.relkind = 'r'
            AND has_schema_privilege(own.oid, 'USAGE')
            AND has_table_privilege(class.oid, 'SELECT')
            -- What another role has made may hold policies, which run as whoever reads.
            AND (
                class.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
                OR EXISTS (
                    SELECT FROM pg_roles
                    WHERE rolsuper AND (rolname = current_user OR oid = class.relowner)
                )
            )
    ) AS has_build_records
FROM (SELECT 1) AS always
LEFT JOIN pg_extension AS extension ON extension.extname = 'vector'
LEFT JOIN pg_namespace AS namespace ON namespace.oid = extension.extnamespace
