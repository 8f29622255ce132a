-- The settings that this database gives to all roles.
SELECT entry
FROM pg_db_role_setting AS configuration
CROSS JOIN unnest(configuration.setconfig) AS entry
WHERE configuration.setrole = 0
    AND configuration.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
