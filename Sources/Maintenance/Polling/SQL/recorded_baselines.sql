-- The baseline of each existing vector index: an index keeps the record of its build when it or its table is renamed,
-- and an index that takes its name has a record of its own. One lookup in an index of the records for each, however
-- long the history is.
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
    -- A server that started before the build, and is not the one that built the index, is a standby that has taken
    -- over.
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
        -- After a restore from a dump, the records are about indexes with other identifiers, which existing indexes may
        -- have by chance.
        AND coalesce(known.state_oid = 'vecsteward.build'::regclass, TRUE)
    ORDER BY known.built_at DESC, known.id DESC
    LIMIT 1
) AS build
-- Access methods of extensions have an identifier of at least this.
WHERE class.relkind = 'i' AND class.relam >= 16384
