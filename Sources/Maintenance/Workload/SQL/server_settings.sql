-- The settings that the server's configuration has; NULL where a setting of this session hides what that has.
-- A session that has not loaded pgvector keeps its settings without knowing them, and pg_settings does not show those. They are
-- from the server's configuration then, unless the session was given its own by its role or database. What a database has for
-- all roles outranks the server's configuration for all of them, and is read elsewhere.
-- $1: the settings.
WITH known AS MATERIALIZED (
    SELECT name, setting, source FROM pg_settings WHERE name = ANY ($1::text[])
)
SELECT
    known.name,
    CASE WHEN known.source NOT IN ('user', 'database user') THEN known.setting END AS setting
FROM known
WHERE known.source IN ('configuration file', 'command line', 'environment variable', 'user', 'database user')
UNION ALL
SELECT
    wanted.name,
    CASE WHEN NOT own.is_of_role THEN current_setting(wanted.name, TRUE) END AS setting
FROM unnest($1::text[]) AS wanted (name)
CROSS JOIN LATERAL (
    SELECT
        coalesce(bool_or(configuration.setrole <> 0), FALSE) AS is_of_role,
        coalesce(bool_or(configuration.setrole = 0), FALSE) AS is_of_database
    FROM pg_db_role_setting AS configuration
    CROSS JOIN unnest(configuration.setconfig) AS entry
    -- Settings of roles are those of the one that logged in.
    WHERE configuration.setrole IN (0, (SELECT oid FROM pg_roles WHERE rolname = session_user))
        AND configuration.setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
        AND lower(split_part(entry, '=', 1)) = wanted.name
) AS own
WHERE strpos(wanted.name, '.') > 0
    AND NOT EXISTS (SELECT FROM known WHERE known.name = wanted.name)
    -- A setting that a transaction has had is empty from then on.
    AND current_setting(wanted.name, TRUE) <> ''
    AND (own.is_of_role OR NOT own.is_of_database)
