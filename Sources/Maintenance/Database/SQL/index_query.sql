-- The parts of a query that an index can answer. Names are qualified, because the search path is pg_catalog.
-- $1: the index.
SELECT
    index.indrelid::int8 AS table_oid,
    table_namespace.nspname AS table_schema,
    table_class.relname AS table,
    pg_get_indexdef(index.indexrelid, 1, FALSE) AS key,
    pg_get_expr(index.indpred, index.indrelid) AS predicate,
    operator_namespace.nspname AS operator_schema,
    operator.oprname AS operator,
    format_type(access_operator.amoprighttype, NULL) AS type,
    -- The index itself and those of the table that answer the same query, such as the one that it replaces.
    ARRAY(
        SELECT class.relname::text
        FROM pg_index AS twin
        JOIN pg_class AS class ON class.oid = twin.indexrelid
        WHERE twin.indrelid = index.indrelid
            AND twin.indisvalid
            -- By the operator: an operator class belongs to one method, and the other index may have another method.
            AND EXISTS (
                SELECT
                FROM pg_opclass AS twin_class
                JOIN pg_amop AS twin_operator
                    ON twin_operator.amopfamily = twin_class.opcfamily
                    AND twin_operator.amoppurpose = 'o'
                    AND twin_operator.amoplefttype = twin_class.opcintype
                WHERE twin_class.oid = twin.indclass[0] AND twin_operator.amopopr = access_operator.amopopr
            )
            AND pg_get_indexdef(twin.indexrelid, 1, FALSE) = pg_get_indexdef(index.indexrelid, 1, FALSE)
    ) AS indexes
FROM pg_index AS index
JOIN pg_class AS table_class ON table_class.oid = index.indrelid
JOIN pg_namespace AS table_namespace ON table_namespace.oid = table_class.relnamespace
JOIN pg_opclass AS operator_class ON operator_class.oid = index.indclass[0]
JOIN pg_amop AS access_operator
    ON access_operator.amopfamily = operator_class.opcfamily
    AND access_operator.amoppurpose = 'o'
    AND access_operator.amoplefttype = operator_class.opcintype
JOIN pg_operator AS operator ON operator.oid = access_operator.amopopr
JOIN pg_namespace AS operator_namespace ON operator_namespace.oid = operator.oprnamespace
WHERE index.indexrelid = $1::int8::oid
ORDER BY access_operator.amopstrategy
LIMIT 1
