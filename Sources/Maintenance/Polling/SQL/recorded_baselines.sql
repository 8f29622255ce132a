-- What each vector index that is there was built on: an index keeps the record of its build when it or its table gets another
-- name, and the one that takes its name has a record of its own. One look at an index of the records for each, however long
-- the history is.
SELECT
    build.id,
    build.oid,
    build.relfilenode,
    build.rows,
    build.table_rows,
    build.source,
    build.size_bytes,
    build.lists,
    extract(EPOCH FROM build.built_at)::float8 AS built_at,
    -- A server that was started before the build, and is another one than built it, is a standby that has taken over.
    coalesce(
        build.server_started_at <> pg_postmaster_start_time() AND pg_postmaster_start_time() < build.built_at,
        FALSE
    ) AS has_moved
FROM pg_class AS class
CROSS JOIN LATERAL (
    SELECT *
    FROM vecsteward.build AS known
    WHERE known.oid = class.oid
        AND known.relfilenode = class.relfilenode
        -- Restored from a dump, the state is about indexes of other numbers, and an index may have got the number of one of them.
        AND coalesce(known.state_oid = 'vecsteward.build'::regclass, TRUE)
    ORDER BY known.built_at DESC, known.id DESC
    LIMIT 1
) AS build
-- What no extension made has an access method below this.
WHERE class.relkind = 'i' AND class.relam >= 16384
