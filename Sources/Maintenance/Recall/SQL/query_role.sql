-- The roles that a session may act as, if one of them has rights that a role for reading query vectors must not have.
-- $1: the role of vecsteward.
WITH RECURSIVE own (oid) AS (
    SELECT oid FROM pg_roles WHERE rolname = session_user
    UNION
    SELECT membership.roleid FROM own JOIN pg_auth_members AS membership ON membership.member = own.oid
)
SELECT
    role.rolname AS name,
    role.rolname = session_user AS is_own,
    CASE
        WHEN role.rolsuper THEN 'is a superuser'
        WHEN role.rolname = $1::text THEN 'is the role of vecsteward'
        WHEN role.rolcreaterole THEN 'has CREATEROLE'
        WHEN role.rolreplication THEN 'has REPLICATION'
        WHEN role.rolbypassrls THEN 'has BYPASSRLS'
        ELSE 'is one of PostgreSQL''s own with rights on all of the server'
    END AS reason
FROM own
JOIN pg_roles AS role ON role.oid = own.oid
WHERE role.rolsuper
    OR role.rolcreaterole
    OR role.rolreplication
    OR role.rolbypassrls
    OR role.rolname = $1::text
    OR starts_with(role.rolname, 'pg_')
ORDER BY role.rolname <> session_user, role.rolname
LIMIT 1
