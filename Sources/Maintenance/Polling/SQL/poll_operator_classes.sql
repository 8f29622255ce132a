-- The operator classes of methods that are not PostgreSQL's own.
SELECT
    operator_class.oid::int8 AS oid,
    operator_class.opcname AS name,
    schema.nspname AS schema,
    method.amname AS method
FROM pg_opclass AS operator_class
JOIN pg_am AS method ON method.oid = operator_class.opcmethod
JOIN pg_namespace AS schema ON schema.oid = operator_class.opcnamespace
WHERE method.oid >= 16384
