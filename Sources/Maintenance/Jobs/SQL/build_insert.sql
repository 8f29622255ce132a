INSERT INTO vecsteward.build (
    job_id, table_schema, table_name, column_name, index_name, oid, relfilenode, rows, source,
    method, lists, m, ef_construction, size_bytes, seconds, predicted_memory_bytes, predicted_disk_bytes, built_at,
    table_rows
)
VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
    coalesce(to_timestamp($18::float8), statement_timestamp()), $19
)
RETURNING *, extract(EPOCH FROM built_at)::float8 AS built_epoch
