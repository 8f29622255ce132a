-- $1: the indexes. The size of an index that is gone is null.
SELECT index.oid, pg_relation_size(index.oid::oid::regclass) AS size_bytes
FROM unnest($1::int8[]) AS index (oid)
