SELECT
    oid::int8 AS oid,
    rolname AS name,
    rolsuper AS is_superuser,
    pg_has_role(oid, 'USAGE') AS is_member
FROM pg_roles
