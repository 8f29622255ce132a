-- What the latest build of each index is known by, and what it was built on.
SELECT DISTINCT ON (table_schema, table_name, index_name)
    oid,
    relfilenode,
    rows,
    source,
    size_bytes,
    lists
FROM vecsteward.build
ORDER BY table_schema, table_name, index_name, built_at DESC, id DESC
