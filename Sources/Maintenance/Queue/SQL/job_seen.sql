-- Records the counters and indexes of a job's table when the job ends. The recorded table stays the same: a table that has
-- replaced it meanwhile is another one.
-- $1: the number of the job.
UPDATE vecsteward.job AS job
SET seen_rows = greatest(class.reltuples, pg_stat_get_live_tuples(class.oid), 0)::bigint,
    seen_writes = pg_stat_get_tuples_inserted(class.oid) + pg_stat_get_tuples_updated(class.oid)
        + pg_stat_get_tuples_deleted(class.oid),
    seen_indexes = ARRAY(
        SELECT index.indexrelid
        FROM pg_index AS index
        JOIN pg_class AS own ON own.oid = index.indexrelid
        WHERE index.indrelid = class.oid
            AND own.relname NOT LIKE 'vecsteward\_build\_%'
            AND own.relname NOT LIKE 'vecsteward\_old\_%'
    )
FROM pg_class AS class
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE job.id = $1
    AND job.state IN ('done', 'cancelled')
    AND job.table_oid IS NOT NULL
    AND namespace.nspname = job.table_schema::text
    AND class.relname = job.table_name::text
