-- The holders of one of vecsteward's advisory locks in this database; first a holder that cannot be a vecsteward here.
-- $1, $2, $3: the two numbers of the lock and its kind, as in pg_locks.
SELECT
    lock.pid AS process_id,
    coalesce(activity.usename, prepared.owner) AS role,
    coalesce(activity.application_name, prepared.gid) AS application,
    extract(EPOCH FROM clock_timestamp() - coalesce(activity.backend_start, prepared.prepared))::float8 AS age_seconds,
    -- A vecsteward holds it in a session, and its role can write vecsteward's tables.
    coalesce(
        lock.pid IS NOT NULL
        AND (
            holder.rolname = current_user
            OR holder.rolsuper
            OR CASE
                WHEN state.relowner IS NOT NULL THEN pg_has_role(holder.oid, state.relowner, 'MEMBER')
                WHEN namespace.nspowner IS NOT NULL THEN pg_has_role(holder.oid, namespace.nspowner, 'MEMBER')
                ELSE has_database_privilege(holder.oid, current_database(), 'CREATE')
            END
        ),
        FALSE
    ) AS is_plausible
FROM pg_locks AS lock
LEFT JOIN pg_stat_activity AS activity ON activity.pid = lock.pid
LEFT JOIN pg_roles AS holder ON holder.oid = activity.usesysid
LEFT JOIN pg_locks AS own
    ON lock.pid IS NULL
    AND own.pid IS NULL
    AND own.locktype = 'transactionid'
    AND own.virtualtransaction = lock.virtualtransaction
LEFT JOIN pg_prepared_xacts AS prepared ON prepared.transaction = own.transactionid
LEFT JOIN pg_namespace AS namespace ON namespace.nspname = 'vecsteward'
LEFT JOIN pg_class AS state
    ON state.relnamespace = namespace.oid AND state.relname = 'migration' AND state.relkind = 'r'
WHERE lock.locktype = 'advisory'
    AND lock.granted
    AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND lock.classid = $1::int8::oid
    AND lock.objid = $2::int8::oid
    AND lock.objsubid = $3::int2
    AND lock.pid IS DISTINCT FROM pg_backend_pid()
ORDER BY is_plausible, process_id NULLS FIRST
LIMIT 1
