-- What tells whether tables were written to, or written anew, since it was asked before.
-- $1: the tables.
SELECT
    coalesce(
        sum(
            pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid)
        ),
        0
    )::int8 AS writes,
    coalesce(string_agg(coalesce(pg_relation_filenode(oid), 0)::text, ' ' ORDER BY oid), '') AS files
FROM (SELECT number::oid AS oid FROM unnest($1::int8[]) AS number) AS meant
