INSERT INTO vecsteward.build (
    job_id, table_schema, table_name, column_name, index_name, oid, relfilenode, rows, source,
    method, lists, m, ef_construction, size_bytes, seconds, predicted_memory_bytes, predicted_disk_bytes, built_at,
    table_rows, predicted_seconds, indexed_type, indexed_dimensions, expected_elements, statement_seconds, parallel_workers,
    maintenance_work_memory_bytes, has_spilled, training_seconds, assigning_seconds
)
VALUES (
    $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
    coalesce(to_timestamp($18::float8), statement_timestamp()),
    $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29
)
RETURNING *, extract(EPOCH FROM built_at)::float8 AS built_epoch
