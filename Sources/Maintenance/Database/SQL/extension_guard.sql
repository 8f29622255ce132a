-- Fails with a division by zero unless the functions of these names in a schema are those that an extension made.
-- $1: the schema; $2: the names; $3: the extension.
SELECT 1 / (count(*) = cardinality($2::text[]))::int AS passed
FROM pg_extension AS extension
JOIN pg_depend AS depend
    ON depend.refclassid = 'pg_extension'::regclass
    AND depend.refobjid = extension.oid
    AND depend.deptype = 'e'
    AND depend.classid = 'pg_proc'::regclass
JOIN pg_proc AS procedure ON procedure.oid = depend.objid AND procedure.proname = ANY ($2::text[])
JOIN pg_language AS language ON language.oid = procedure.prolang AND language.lanname = 'c'
JOIN pg_namespace AS namespace ON namespace.oid = procedure.pronamespace AND namespace.nspname = $1::text
WHERE extension.extname = $3::text
