-- Arrays of one element per build: schema, table, column, index, oid, relfilenode, rows, source, method, lists, m,
-- ef_construction, size in bytes, rows of the table. An existing record of a build does not change.
INSERT INTO vecsteward.build (
    table_schema, table_name, column_name, index_name, oid, relfilenode, rows, source,
    method, lists, m, ef_construction, size_bytes, table_rows
)
SELECT seen.*
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::oid[], $6::oid[], $7::bigint[], $8::text[],
    $9::text[], $10::integer[], $11::integer[], $12::integer[], $13::bigint[], $14::bigint[]
) AS seen (
    table_schema, table_name, column_name, index_name, oid, relfilenode, rows, source,
    method, lists, m, ef_construction, size_bytes, table_rows
)
WHERE NOT EXISTS (
    SELECT
    FROM vecsteward.build AS known
    WHERE known.oid = seen.oid
        AND known.relfilenode = seen.relfilenode
        -- As in recorded_baselines.sql.
        AND coalesce(known.state_oid = 'vecsteward.build'::regclass, TRUE)
)
