-- What the scans of indexes gave, as the server has counted.
-- $1: the indexes.
SELECT
    wanted.oid,
    pg_stat_get_numscans(wanted.oid::oid) AS scans,
    pg_stat_get_tuples_returned(wanted.oid::oid) AS rows
FROM unnest($1::int8[]) AS wanted (oid)
