-- The settings that this database gives to all roles.
SELECT lower(split_part(entry, '=', 1)) || '=' || substr(entry, strpos(entry, '=') + 1) AS entry
FROM pg_db_role_setting AS configuration
CROSS JOIN unnest(configuration.setconfig) AS entry
WHERE configuration.setrole = 0
    AND configuration.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
