-- The state of vecsteward's schema, and what the role may do with it.
SELECT
    current_database() AS database,
    current_user AS role,
    pg_is_in_recovery() AS is_standby,
    current_setting('transaction_read_only')::boolean AS is_read_only,
    -- The list of all settings is long, so it is read only if it matters.
    CASE
        WHEN current_setting('default_transaction_read_only')::bool AND NOT pg_is_in_recovery()
            THEN (SELECT source FROM pg_settings WHERE name = 'default_transaction_read_only')
    END AS read_only_source,
    has_database_privilege(current_database(), 'CREATE') AS can_create_schema,
    coalesce(has_schema_privilege(n.oid, 'USAGE'), FALSE) AS can_use_schema,
    coalesce(has_schema_privilege(n.oid, 'CREATE'), FALSE) AS can_create_in_schema,
    n.oid IS NOT NULL AS has_schema,
    c.oid IS NOT NULL AS has_tables,
    pg_get_userbyid(c.relowner) AS owner,
    CASE WHEN n.oid IS NOT NULL THEN pg_get_userbyid(n.nspowner) END AS schema_owner,
    -- Triggers of these owners would run as the superuser.
    coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), FALSE)
        AND EXISTS (
            SELECT FROM pg_roles WHERE oid IN (n.nspowner, c.relowner) AND NOT rolsuper
        ) AS is_strangers,
    coalesce(pg_has_role(c.relowner, 'USAGE'), FALSE) AS is_owner
FROM (SELECT) AS nothing
LEFT JOIN pg_namespace AS n ON n.nspname = 'vecsteward'
LEFT JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = 'migration' AND c.relkind = 'r'
