SELECT
    oid::int8 AS oid,
    nspname AS name,
    has_schema_privilege(oid, 'USAGE') AS can_use,
    has_schema_privilege(oid, 'CREATE') AS can_create
FROM pg_namespace
WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    -- Each session has had two of these for its temporary tables.
    AND nspname !~ '^pg_(toast_)?temp_'
