-- $1: the time of the poll in seconds; $2 to $10: searches with what was counted since the poll before.
INSERT INTO vecsteward.search_use AS known (
    table_oid, column_name, role_name, search, search_digest, hour, calls, milliseconds, rows, blocks_hit, blocks_read
)
SELECT
    item.table_oid,
    item.column_name,
    item.role_name,
    item.search,
    md5(item.search),
    to_timestamp(floor($1::float8 / 3600) * 3600),
    item.calls,
    item.milliseconds,
    item.rows,
    item.blocks_hit,
    item.blocks_read
FROM unnest(
    $2::int8[], $3::text[], $4::text[], $5::text[], $6::int8[], $7::float8[], $8::int8[], $9::int8[], $10::int8[]
) AS item (table_oid, column_name, role_name, search, calls, milliseconds, rows, blocks_hit, blocks_read)
ON CONFLICT (hour, table_oid, column_name, role_name, search_digest) DO UPDATE
SET
    calls = known.calls + excluded.calls,
    milliseconds = known.milliseconds + excluded.milliseconds,
    rows = known.rows + excluded.rows,
    blocks_hit = known.blocks_hit + excluded.blocks_hit,
    blocks_read = known.blocks_read + excluded.blocks_read
