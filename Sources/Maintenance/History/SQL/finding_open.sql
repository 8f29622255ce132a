SELECT id, rule, table_schema, table_name, column_name, part_name, index_name, severity, summary
FROM vecsteward.finding
WHERE resolved_at IS NULL
