-- The code of others that would run when a query over a table is planned: everything that its columns, indexes,
-- constraints, generated columns and extended statistics use, directly or indirectly, and that belongs neither to
-- PostgreSQL itself, nor to an extension and a superuser, nor to the asking role. Of a partitioned table, that is all of
-- this of the partitions of all levels too, and what their partition keys use, which pg_depend has as used by the table;
-- their bounds are values that were computed when they were made. Policies are not included: they are off for the
-- planning role. Other tables are not included either, because only what is planned over them counts, and the query
-- reads this one alone.
-- $1: the table.
-- $2: the views of the queries.
WITH RECURSIVE read AS MATERIALIZED (
    SELECT $1::int8::oid AS oid
    UNION
    SELECT relid::oid FROM pg_partition_tree($1::int8::oid)
),
source (classid, objid) AS (
    SELECT 'pg_class'::regclass::oid, oid FROM read
    UNION ALL
    SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid IN (SELECT oid FROM read)
    UNION ALL
    SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE conrelid IN (SELECT oid FROM read)
    UNION ALL
    SELECT 'pg_attrdef'::regclass, definition.oid
    FROM pg_attrdef AS definition
    JOIN pg_attribute AS attribute ON attribute.attrelid = definition.adrelid AND attribute.attnum = definition.adnum
    WHERE definition.adrelid IN (SELECT oid FROM read) AND attribute.attgenerated <> ''
    UNION ALL
    SELECT 'pg_statistic_ext'::regclass, oid FROM pg_statistic_ext WHERE stxrelid IN (SELECT oid FROM read)
    UNION ALL
    SELECT 'pg_rewrite'::regclass, oid
    FROM pg_rewrite
    WHERE ev_class IN (SELECT to_regclass(name) FROM unnest($2::text[]) AS view (name))
),
reached (classid, objid) AS (
    SELECT classid, objid FROM source
    UNION
    SELECT used.classid, used.objid
    FROM reached
    CROSS JOIN LATERAL (
        SELECT depend.refclassid, depend.refobjid
        FROM pg_depend AS depend
        WHERE depend.classid = reached.classid
            AND depend.objid = reached.objid
            -- Contains no code. An access method does, but only a superuser can create one, and only in C. Only a
            -- superuser can create an operator class too, but the functions that it names may belong to anybody, so it
            -- has to be one of an extension.
            AND depend.refclassid <> ALL (
                ARRAY[
                    'pg_class'::regclass, 'pg_namespace'::regclass, 'pg_extension'::regclass, 'pg_collation'::regclass,
                    'pg_language'::regclass, 'pg_am'::regclass
                ]::oid[]
            )
        UNION ALL
        -- The checks of a domain.
        SELECT 'pg_constraint'::regclass, oid
        FROM pg_constraint
        WHERE reached.classid = 'pg_type'::regclass AND contypid = reached.objid
    ) AS used (classid, objid)
    -- PostgreSQL's own objects have an identifier below this.
    WHERE used.objid >= 16384
),
owned (classid, objid, owner_oid) AS (
    SELECT
        reached.classid,
        reached.objid,
        coalesce(proc.proowner, operator.oprowner, type.typowner, class.opcowner, family.opfowner)
    FROM reached
    LEFT JOIN pg_proc AS proc ON reached.classid = 'pg_proc'::regclass AND proc.oid = reached.objid
    LEFT JOIN pg_operator AS operator ON reached.classid = 'pg_operator'::regclass AND operator.oid = reached.objid
    LEFT JOIN pg_type AS type ON reached.classid = 'pg_type'::regclass AND type.oid = reached.objid
    LEFT JOIN pg_opclass AS class ON reached.classid = 'pg_opclass'::regclass AND class.oid = reached.objid
    LEFT JOIN pg_opfamily AS family ON reached.classid = 'pg_opfamily'::regclass AND family.oid = reached.objid
    -- These only lead to others: an array and a multirange to their element type.
    WHERE reached.classid <> ALL (
            ARRAY[
                'pg_class'::regclass, 'pg_constraint'::regclass, 'pg_attrdef'::regclass, 'pg_statistic_ext'::regclass,
                'pg_rewrite'::regclass
            ]::oid[]
        )
        AND NOT coalesce(type.typcategory = 'A' OR type.typtype = 'm', FALSE)
)
SELECT object.type AS kind, object.identity AS identity, role.rolname AS owner
FROM owned
LEFT JOIN pg_roles AS role ON role.oid = owned.owner_oid
CROSS JOIN LATERAL pg_identify_object(owned.classid, owned.objid, 0) AS object
WHERE owned.owner_oid IS DISTINCT FROM (SELECT oid FROM pg_roles WHERE rolname = current_user)
    AND NOT (
        coalesce(role.rolsuper, FALSE)
        AND EXISTS (
            SELECT
            FROM pg_depend
            WHERE classid = owned.classid AND objid = owned.objid AND refclassid = 'pg_extension'::regclass AND deptype = 'e'
        )
    )
ORDER BY object.type, object.identity
LIMIT 3
