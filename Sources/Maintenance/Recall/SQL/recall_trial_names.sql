-- The names of what an index is made of, for another one on rows of our own.
-- $1: the index.
SELECT
    format('%I.%I', type_namespace.nspname, type.typname) AS type,
    format('%I.%I', class_namespace.nspname, operator_class.opcname) AS operator_class,
    format('OPERATOR(%I.%s)', operator_namespace.nspname, operator.oprname) AS operator
FROM pg_index AS index
JOIN pg_opclass AS operator_class ON operator_class.oid = index.indclass[0]
JOIN pg_namespace AS class_namespace ON class_namespace.oid = operator_class.opcnamespace
JOIN pg_type AS type ON type.oid = operator_class.opcintype
JOIN pg_namespace AS type_namespace ON type_namespace.oid = type.typnamespace
JOIN pg_amop AS access_operator
    ON access_operator.amopfamily = operator_class.opcfamily
    AND access_operator.amoppurpose = 'o'
    AND access_operator.amoplefttype = operator_class.opcintype
JOIN pg_operator AS operator ON operator.oid = access_operator.amopopr
JOIN pg_namespace AS operator_namespace ON operator_namespace.oid = operator.oprnamespace
WHERE index.indexrelid = $1::int8::oid
    -- What the temporary table is made of has to be that of an extension, whoever may have put something in its place.
    AND (
        SELECT count(*)
        FROM pg_depend AS member
        WHERE member.deptype = 'e'
            AND member.refclassid = 'pg_extension'::regclass
            AND (member.classid, member.objid) IN (
                ('pg_type'::regclass, type.oid), ('pg_opclass'::regclass, operator_class.oid),
                ('pg_operator'::regclass, operator.oid)
            )
    ) = 3
ORDER BY access_operator.amopstrategy
LIMIT 1
