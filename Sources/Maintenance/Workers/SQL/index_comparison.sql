-- Two indexes in one snapshot, to decide whether one can replace the other. All text is deparsed under the search path of
-- this session.
-- $1: the new index; $2: the one that it is to replace, NULL if there is none.
SELECT
    class.oid = $1::int8::oid AS is_built,
    index.indrelid::int8 AS table_oid,
    method.amname AS method,
    operator_class.oid::int8 AS operator_class_oid,
    operator_class_namespace.nspname AS operator_class_schema,
    operator_class.opcname AS operator_class,
    EXISTS (
        SELECT
        FROM pg_depend AS depend
        WHERE depend.classid = 'pg_opclass'::regclass
            AND depend.objid = operator_class.oid
            AND depend.refclassid = 'pg_extension'::regclass
            AND depend.deptype = 'e'
    ) AS is_of_extension,
    attribute.attname AS column,
    pg_get_indexdef(class.oid, 1, FALSE) AS key,
    pg_get_expr(index.indpred, index.indrelid) AS predicate,
    index.indcollation::text || ' ' || index.indoption::text AS ordering,
    class.reloptions AS options,
    class.relpersistence::text AS persistence,
    class.relowner::int8 AS owner_oid,
    tablespace.spcname AS tablespace,
    obj_description(class.oid, 'pg_class') AS comment,
    CASE WHEN own_attribute.attstattarget >= 0 THEN own_attribute.attstattarget END::int AS statistics_target,
    ARRAY(
        SELECT extension.extname
        FROM pg_depend AS depend
        JOIN pg_extension AS extension ON extension.oid = depend.refobjid
        WHERE depend.classid = 'pg_class'::regclass
            AND depend.objid = class.oid
            AND depend.refclassid = 'pg_extension'::regclass
            AND depend.deptype = 'x'
        ORDER BY extension.extname
    )::text[] AS extensions,
    -- The objects that the index uses, by identifier: the same text can mean other functions and operators.
    ARRAY(
        SELECT DISTINCT
            pg_describe_object(depend.refclassid, depend.refobjid, depend.refobjsubid) || ' '
                || concat_ws('/', depend.refclassid, depend.refobjid, depend.refobjsubid)
        FROM pg_depend AS depend
        WHERE depend.classid = 'pg_class'::regclass
            AND depend.objid = class.oid
            AND depend.deptype IN ('n', 'a')
            -- With another method it has another operator class.
            AND depend.refclassid <> 'pg_opclass'::regclass
        ORDER BY 1
    )::text[] AS dependencies,
    -- PostgreSQL records no dependencies on its own functions.
    ARRAY(
        SELECT DISTINCT found[1] || ' ' || found[2]
        FROM regexp_matches(
            concat(index.indexprs::text, index.indpred::text),
            ':(opno|funcid|inputcollid) ([0-9]+)',
            'g'
        ) AS found
        ORDER BY 1
    )::text[] AS functions,
    -- Columns, constants and tests in their order, without what depends only on the way they were written: a deparsed text is
    -- parsed into a tree that groups its ANDs and casts its arrays differently.
    ARRAY(
        SELECT found[1]
        FROM regexp_matches(
            concat(index.indexprs::text, index.indpred::text),
            ':((?:opno|varattno|nulltesttype|booltesttype|constisnull|constvalue|op|useOr) (?:[^:{}()\[\]]*\[[^\]]*\]|[^ :{}()\[\]]+))',
            'g'
        ) WITH ORDINALITY AS match (found, position)
        ORDER BY position
    )::text[] AS skeleton
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
JOIN pg_am AS method ON method.oid = class.relam
JOIN pg_opclass AS operator_class ON operator_class.oid = index.indclass[0]
JOIN pg_namespace AS operator_class_namespace ON operator_class_namespace.oid = operator_class.opcnamespace
LEFT JOIN pg_attribute AS attribute ON attribute.attrelid = index.indrelid AND attribute.attnum = nullif(index.indkey[0], 0)
LEFT JOIN pg_attribute AS own_attribute ON own_attribute.attrelid = class.oid AND own_attribute.attnum = 1
LEFT JOIN pg_tablespace AS tablespace
    ON tablespace.oid = coalesce(
        nullif(class.reltablespace, 0),
        (SELECT dattablespace FROM pg_database WHERE datname = current_database())
    )
WHERE class.oid IN ($1::int8::oid, $2::int8::oid)
