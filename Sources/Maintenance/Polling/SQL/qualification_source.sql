-- What there is of pg_qualstats in this database, and whether the role may call its function.
SELECT
    namespace.nspname AS schema,
    has_schema_privilege(namespace.oid, 'USAGE') AND has_function_privilege(procedure.oid, 'EXECUTE') AS is_permitted
FROM pg_extension AS extension
JOIN pg_depend AS depend
    ON depend.refclassid = 'pg_extension'::regclass
    AND depend.refobjid = extension.oid
    AND depend.deptype = 'e'
    AND depend.classid = 'pg_proc'::regclass
-- The function as the extension made it: another one of that name would run somebody else's code.
JOIN pg_proc AS procedure ON procedure.oid = depend.objid AND procedure.proname = 'pg_qualstats'
JOIN pg_language AS language ON language.oid = procedure.prolang AND language.lanname = 'c'
JOIN pg_namespace AS namespace ON namespace.oid = procedure.pronamespace
WHERE extension.extname = 'pg_qualstats'
    -- Only its library has the setting.
    AND current_setting('pg_qualstats.sample_rate', TRUE) IS NOT NULL
LIMIT 1
