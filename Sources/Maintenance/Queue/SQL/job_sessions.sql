-- The sessions of running jobs, by their application names, for the statements that read what jobs are doing. Any session can
-- use such a name, so its role must be one that a vecsteward here could have (as in lock_holder.sql): that of this session, a
-- superuser, or one with the privileges of the owner of vecsteward's tables.
-- $1: the application names of the jobs.
SELECT
    activity.pid,
    activity.application_name,
    activity.usename = current_user AS is_own,
    activity.state,
    activity.query_start,
    activity.wait_event_type,
    activity.wait_event
FROM pg_stat_activity AS activity
JOIN pg_roles AS role ON role.oid = activity.usesysid
LEFT JOIN pg_namespace AS namespace ON namespace.nspname = 'vecsteward'
LEFT JOIN pg_class AS state_table
    ON state_table.relnamespace = namespace.oid AND state_table.relname = 'migration' AND state_table.relkind = 'r'
WHERE activity.datname = current_database()
    AND activity.application_name = ANY ($1::text[])
    AND activity.backend_type = 'client backend'
    AND (
        activity.usename = current_user
        OR role.rolsuper
        OR pg_has_role(role.oid, coalesce(state_table.relowner, namespace.nspowner), 'MEMBER')
    )
