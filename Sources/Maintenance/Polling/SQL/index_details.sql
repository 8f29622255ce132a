-- $1: the indexes. An index that is gone has only nulls, as most others have.
SELECT
    index.oid,
    tablespace.spcname AS tablespace,
    coalesce(has_tablespace_privilege(tablespace.oid, 'CREATE'), TRUE) AS can_create,
    obj_description(index.oid::oid, 'pg_class') AS comment,
    class.reloptions AS options,
    -- The default is negative in servers before 17, and NULL in later ones.
    CASE WHEN attribute.attstattarget >= 0 THEN attribute.attstattarget END::int AS statistics_target,
    ARRAY(
        SELECT extension.extname
        FROM pg_depend AS depend
        JOIN pg_extension AS extension ON extension.oid = depend.refobjid
        WHERE depend.classid = 'pg_class'::regclass
            AND depend.objid = class.oid
            AND depend.refclassid = 'pg_extension'::regclass
            AND depend.deptype = 'x'
        ORDER BY extension.extname
    )::text[] AS extensions
FROM unnest($1::int8[]) AS index (oid)
LEFT JOIN pg_class AS class ON class.oid = index.oid
LEFT JOIN pg_tablespace AS tablespace ON tablespace.oid = class.reltablespace
LEFT JOIN pg_attribute AS attribute ON attribute.attrelid = class.oid AND attribute.attnum = 1
