-- The latest builds that a prediction can be compared with. $1: how many.
SELECT
    id,
    table_schema,
    table_name,
    column_name,
    method,
    lists,
    m,
    ef_construction,
    indexed_type,
    indexed_dimensions,
    expected_elements,
    rows,
    size_bytes,
    statement_seconds,
    parallel_workers,
    maintenance_work_memory_bytes,
    training_seconds,
    assigning_seconds
FROM vecsteward.build
WHERE statement_seconds IS NOT NULL
ORDER BY built_at DESC, id DESC
LIMIT $1
