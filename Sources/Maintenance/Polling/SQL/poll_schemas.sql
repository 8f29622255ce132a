SELECT
    oid::int8 AS oid,
    nspname AS name,
    has_schema_privilege(oid, 'USAGE') AS can_use,
    has_schema_privilege(oid, 'CREATE') AS can_create
FROM pg_namespace
WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    -- Each session that had temporary tables has two of these.
    AND nspname !~ '^pg_(toast_)?temp_'
