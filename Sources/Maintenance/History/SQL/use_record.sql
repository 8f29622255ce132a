-- $1: the time of the poll in seconds; $2 to $6: indexes with their counters.
INSERT INTO vecsteward.index_use (
    index_oid, relfilenode, sampled_on, sampled_at, scans, sequential_scans, sequential_rows_read
)
SELECT
    item.index_oid,
    item.relfilenode,
    (to_timestamp($1::float8) AT TIME ZONE 'UTC')::date,
    to_timestamp($1::float8),
    greatest(item.scans, 0),
    greatest(item.sequential_scans, 0),
    greatest(item.sequential_rows_read, 0)
FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::int8[], $6::int8[])
    AS item (index_oid, relfilenode, scans, sequential_scans, sequential_rows_read)
ON CONFLICT DO NOTHING
