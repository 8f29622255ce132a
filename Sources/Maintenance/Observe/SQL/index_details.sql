-- $1: the indexes. What is null for one that is gone is null for most others too.
SELECT
    index.oid,
    tablespace.spcname AS tablespace,
    coalesce(has_tablespace_privilege(tablespace.oid, 'CREATE'), TRUE) AS can_create,
    obj_description(index.oid::oid, 'pg_class') AS comment
FROM unnest($1::int8[]) AS index (oid)
LEFT JOIN pg_class AS class ON class.oid = index.oid
LEFT JOIN pg_tablespace AS tablespace ON tablespace.oid = class.reltablespace
