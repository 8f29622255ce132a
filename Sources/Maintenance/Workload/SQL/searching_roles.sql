-- The roles that search, and the settings of each that bear on searches or on what names mean.
-- $1: the roles; $2: the settings.
SELECT
    role.oid::int8 AS oid,
    role.rolname AS name,
    role.rolcanlogin AS can_log_in,
    setting.is_of_role,
    setting.is_of_database,
    setting.entry
FROM pg_roles AS role
LEFT JOIN LATERAL (
    SELECT
        configuration.setrole <> 0 AS is_of_role,
        configuration.setdatabase <> 0 AS is_of_database,
        entry
    FROM pg_db_role_setting AS configuration
    CROSS JOIN unnest(configuration.setconfig) AS entry
    WHERE configuration.setrole IN (0, role.oid)
        AND configuration.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
        -- A setting of a library that was not loaded has the letters in which it was given.
        AND lower(split_part(entry, '=', 1)) = ANY ($2::text[])
) AS setting ON TRUE
WHERE role.oid = ANY ($1::int8[]::oid[])
