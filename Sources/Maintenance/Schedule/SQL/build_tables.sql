SELECT DISTINCT table_schema, table_name
FROM vecsteward.build
