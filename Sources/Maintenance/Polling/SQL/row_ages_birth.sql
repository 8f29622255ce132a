-- The transaction that an index is at least as old as, and whether the prepared query is about its table, even if names
-- have changed hands meanwhile. No row if the index was replaced, or if the number of the transaction proves nothing.
-- $1: the index; $2: its file.
WITH horizon (next, catalog_age) AS MATERIALIZED (
    SELECT
        snapshot.next,
        -- An older row may come from an earlier round of the counter.
        (SELECT min(mod(snapshot.next - class.relfrozenxid::text::int8, 4294967296))
            FROM pg_class AS class
            WHERE class.oid IN ('pg_class'::regclass, 'pg_index'::regclass))
    FROM (SELECT txid_snapshot_xmax(txid_current_snapshot())) AS snapshot (next)
)
SELECT
    born.xid AS xid,
    born.is_first AS is_first,
    -- Under the first lock nobody can add an index, a statistics object, a policy or a column to the table. The second
    -- lock is the one that the prepared query holds on the table that it found under the name. A view under that name
    -- would be locked too, even if it leads to the table.
    (
        SELECT coalesce(
            array_agg(mode ORDER BY mode) = ARRAY['AccessShareLock', 'ShareUpdateExclusiveLock']
            AND bool_and(relation = index.indrelid AND granted),
            FALSE
        )
        FROM pg_locks
        WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384
    ) AS is_bound
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
CROSS JOIN horizon
-- A build, a rename and SET write the row in pg_class, the end of a concurrent build the one in pg_index. ANALYZE and
-- VACUUM change both in place. The younger row counts: the build or something later wrote each of them.
CROSS JOIN LATERAL (
    SELECT written.xid, mod(horizon.next - written.xid, 4294967296) AS age, written.is_first
    FROM (
        VALUES
            -- Deleting the row, even without success, overwrites the number of the command.
            (class.xmin::text::int8, class.cmin::text = '0' AND class.xmax::text = '0'),
            (index.xmin::text::int8, index.cmin::text = '0' AND index.xmax::text = '0')
    ) AS written (xid, is_first)
    ORDER BY age, written.is_first DESC
    LIMIT 1
) AS born
WHERE index.indexrelid = $1::int8::oid
    AND class.relfilenode = $2::int8::oid
    AND index.indisvalid
    -- Numbers below this are no transactions.
    AND born.xid >= 3
    AND (horizon.next < 4294967296 OR born.age <= horizon.catalog_age)
