-- What each build that is known was on: an index keeps the record of its build when it or its table gets another name, and the
-- one that takes its name has a record of its own.
SELECT DISTINCT ON (oid, relfilenode)
    id,
    oid,
    relfilenode,
    rows,
    table_rows,
    source,
    size_bytes,
    lists,
    extract(EPOCH FROM built_at)::float8 AS built_at,
    -- A server that was started before the build, and is another one than built it, is a standby that has taken over.
    coalesce(
        server_started_at <> pg_postmaster_start_time() AND pg_postmaster_start_time() < built_at,
        FALSE
    ) AS has_moved
FROM vecsteward.build
-- Restored from a dump, the state is about indexes of other numbers, and an index may have got the number of one of them.
WHERE coalesce(state_oid = 'vecsteward.build'::regclass, TRUE)
ORDER BY oid, relfilenode, built_at DESC, id DESC
