-- The operator classes of methods that are not PostgreSQL's own.
SELECT
    operator_class.oid::int8 AS oid,
    operator_class.opcname AS name,
    schema.nspname AS schema,
    method.amname AS method,
    -- The distance of pgvector's that an operator class of another extension orders by: its name need not tell.
    CASE
        WHEN method.amname NOT IN ('hnsw', 'ivfflat')
            THEN (
                SELECT operator.oprname
                FROM pg_amop AS access_operator
                JOIN pg_operator AS operator ON operator.oid = access_operator.amopopr
                JOIN pg_extension AS extension ON extension.extnamespace = operator.oprnamespace
                WHERE access_operator.amopfamily = operator_class.opcfamily
                    AND access_operator.amoppurpose = 'o'
                    AND access_operator.amoplefttype = operator_class.opcintype
                    AND extension.extname = 'vector'
                ORDER BY access_operator.amopstrategy
                LIMIT 1
            )
    END AS distance_operator
FROM pg_opclass AS operator_class
JOIN pg_am AS method ON method.oid = operator_class.opcmethod
JOIN pg_namespace AS schema ON schema.oid = operator_class.opcnamespace
WHERE method.oid >= 16384
