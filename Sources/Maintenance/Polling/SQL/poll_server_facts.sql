SELECT
    current_database() AS database,
    current_user AS role,
    pg_backend_pid() AS process_id,
    inet_server_addr() IS NULL OR inet_server_addr() = inet_client_addr() AS is_near,
    current_setting('server_version_num')::int AS version_number,
    extract(EPOCH FROM clock_timestamp())::float8 AS observed_at,
    -- A person can set each of the two to zero, and both are zero when the server starts after a crash.
    extract(
        EPOCH FROM least(pg_stat_get_bgwriter_stat_reset_time(), (SELECT stats_reset FROM pg_stat_get_archiver()))
    )::float8 AS came_up_at,
    pg_is_in_recovery() AS is_in_recovery,
    -- The list of all settings is long, so it is read only if it matters.
    CASE
        WHEN current_setting('default_transaction_read_only')::bool AND NOT pg_is_in_recovery()
            THEN (SELECT source FROM pg_settings WHERE name = 'default_transaction_read_only')
    END AS read_only_source,
    extension.extversion AS pgvector_version,
    namespace.nspname AS pgvector_schema,
    coalesce(has_schema_privilege(namespace.oid, 'USAGE'), FALSE) AS can_use_pgvector,
    EXISTS (SELECT FROM pg_am WHERE amname = 'hnsw') AS has_hnsw,
    EXISTS (SELECT FROM pg_am WHERE amname = 'ivfflat') AS has_ivfflat,
    pg_size_bytes(current_setting('maintenance_work_mem')) AS maintenance_work_memory_bytes,
    pg_size_bytes(current_setting('shared_buffers')) AS shared_buffers_bytes,
    current_setting('max_parallel_maintenance_workers')::int AS max_parallel_maintenance_workers,
    least(
        current_setting('max_parallel_workers')::int,
        current_setting('max_worker_processes')::int
    ) AS max_parallel_workers,
    current_setting('autovacuum')::bool AS is_autovacuum_on,
    nullif(current_setting('ivfflat.probes', TRUE), '')::int AS probes,
    pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all_activity,
    (
        -- Among the grantees of a privilege, 0 stands for PUBLIC. A schema without a list has that of its owner.
        SELECT place.nspname
        FROM pg_extension AS statements
        JOIN pg_namespace AS place ON place.oid = statements.extnamespace
        WHERE statements.extname = 'pg_stat_statements'
            AND NOT EXISTS (
                SELECT FROM aclexplode(coalesce(place.nspacl, acldefault('n', place.nspowner))) AS privilege
                WHERE privilege.grantee = 0 AND privilege.privilege_type = 'USAGE'
            )
    ) AS closed_statements_schema,
    state.owner AS state_owner,
    state.is_owner_superuser AS is_state_owner_superuser,
    state.is_readable AS is_state_readable
FROM (SELECT 1) AS always
LEFT JOIN pg_extension AS extension ON extension.extname = 'vector'
LEFT JOIN pg_namespace AS namespace ON namespace.oid = extension.extnamespace
LEFT JOIN (
    SELECT
        owner.rolname AS owner,
        owner.rolsuper AS is_owner_superuser,
        -- A view in place of a table would run code as the reader; policies are off for all reads.
        has_schema_privilege(own.oid, 'USAGE')
            AND (
                SELECT
                    count(*) FILTER (WHERE part.relname IN ('migration', 'build', 'job')) = 3
                    AND bool_and(part.relkind = 'r' AND has_table_privilege(part.oid, 'SELECT'))
                FROM pg_class AS part
                WHERE part.relnamespace = own.oid
                    AND part.relname IN (
                        'migration', 'build', 'job', 'build_job', 'recall_job', 'evidence', 'search_use'
                    )
            ) AS is_readable
    FROM pg_namespace AS own
    JOIN pg_class AS class ON class.relnamespace = own.oid AND class.relname = 'migration' AND class.relkind = 'r'
    JOIN pg_roles AS owner ON owner.oid = class.relowner
    WHERE own.nspname = 'vecsteward'
) AS state ON TRUE
