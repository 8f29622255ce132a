-- The oldest sample of each index that still counts. $1, $2: the indexes; $3: the time of the poll in seconds; $4: the
-- days for which samples count.
SELECT
    wanted.oid,
    wanted.relfilenode,
    extract(EPOCH FROM sample.sampled_at)::float8 AS taken_at,
    sample.scans,
    sample.sequential_scans,
    sample.sequential_rows_read
FROM unnest($1::int8[], $2::int8[]) AS wanted (oid, relfilenode)
CROSS JOIN LATERAL (
    SELECT *
    FROM vecsteward.index_use AS use
    WHERE use.index_oid = wanted.oid
        AND use.relfilenode = wanted.relfilenode
        AND use.sampled_on >= (to_timestamp($3::float8) AT TIME ZONE 'UTC')::date - $4::int
    ORDER BY use.sampled_on
    LIMIT 1
) AS sample
