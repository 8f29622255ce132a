-- Statements that let the roles which may read vecsteward.job read the other tables as well, where they may not.
SELECT
    format('GRANT SELECT ON TABLE %s TO %s', class.oid::regclass, coalesce(quote_ident(role.rolname), 'PUBLIC')) AS statement
FROM pg_class AS job
CROSS JOIN LATERAL aclexplode(job.relacl) AS reader
JOIN pg_class AS class ON class.relnamespace = job.relnamespace AND class.relkind = 'r' AND class.oid <> job.oid
LEFT JOIN pg_roles AS role ON role.oid = reader.grantee
WHERE job.oid = 'vecsteward.job'::regclass
    AND reader.privilege_type = 'SELECT'
    AND reader.grantee <> job.relowner
    AND (reader.grantee = 0 OR role.oid IS NOT NULL)
    AND NOT EXISTS (
        SELECT
        FROM aclexplode(class.relacl) AS own
        WHERE own.grantee = reader.grantee AND own.privilege_type = 'SELECT'
    )
ORDER BY statement
