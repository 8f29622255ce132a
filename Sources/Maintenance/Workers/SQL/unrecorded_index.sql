-- A vector index of a job's table for which no poll has recorded yet what it was built on, although one would. After ten
-- minutes no poll will.
-- $1: the number of the job.
SELECT own.relname AS name
FROM vecsteward.job AS job
JOIN pg_namespace AS namespace ON namespace.nspname = job.table_schema::text
JOIN pg_class AS class ON class.relnamespace = namespace.oid AND class.relname = job.table_name::text
JOIN pg_index AS index ON index.indrelid = class.oid AND index.indisvalid AND index.indpred IS NULL
JOIN pg_class AS own ON own.oid = index.indexrelid
JOIN pg_am AS method ON method.oid = own.relam AND method.amname IN ('hnsw', 'ivfflat')
WHERE job.id = $1
    AND job.created_at > statement_timestamp() - INTERVAL '10 minutes'
    AND NOT EXISTS (
        SELECT
        FROM vecsteward.build AS build
        WHERE build.oid = own.oid AND build.relfilenode = own.relfilenode
    )
ORDER BY name
LIMIT 1
