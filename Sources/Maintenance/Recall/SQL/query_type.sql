-- The name of a type of pgvector; no row for any other type.
-- $1: the type.
SELECT type.typname AS name
FROM pg_type AS type
JOIN pg_depend AS depend
    ON depend.classid = 'pg_type'::regclass
    AND depend.objid = type.oid
    AND depend.refclassid = 'pg_extension'::regclass
    AND depend.deptype = 'e'
JOIN pg_extension AS extension ON extension.oid = depend.refobjid AND extension.extname = 'vector'
WHERE type.oid = $1::int8::oid AND type.typname IN ('vector', 'halfvec', 'sparsevec')
