-- What a job has found out about an index, beside the counters of its table; nothing where the index is another one by now.
-- $1: the number of the job, NULL for none; $2: the kind; $3, $4: the index and its file; $5: names; $6: figures; $7: names of
-- settings; $8: their values.
INSERT INTO vecsteward.evidence (
    job_id, kind, index_oid, index_relfilenode, rows, writes, names, figures, setting_names, setting_values
)
SELECT
    $1::bigint,
    $2::text,
    own.oid,
    own.relfilenode,
    greatest(class.reltuples, pg_stat_get_live_tuples(class.oid), 0)::bigint,
    pg_stat_get_tuples_inserted(class.oid) + pg_stat_get_tuples_updated(class.oid)
        + pg_stat_get_tuples_deleted(class.oid),
    $5::text[],
    $6::float8[],
    $7::text[],
    $8::text[]
FROM pg_class AS own
JOIN pg_index AS index ON index.indexrelid = own.oid
JOIN pg_class AS class ON class.oid = index.indrelid
WHERE own.oid = $3::int8::oid AND own.relfilenode = $4::int8::oid
