SELECT DISTINCT ON (table_schema, table_name, index_name)
    *,
    extract(EPOCH FROM built_at)::float8 AS built_epoch
FROM vecsteward.build
ORDER BY table_schema, table_name, index_name, built_at DESC, id DESC
