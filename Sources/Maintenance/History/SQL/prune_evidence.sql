-- Of an index that is there, the latest evidence of each kind and the first after its build are kept.
-- $1: how many days are kept; $2: how many rows at most.
DELETE FROM vecsteward.evidence
WHERE id = ANY (
    ARRAY(
        SELECT old.id
        FROM vecsteward.evidence AS old
        WHERE old.taken_at < statement_timestamp() - make_interval(days => $1)
            AND (
                EXISTS (
                    SELECT
                    FROM vecsteward.evidence AS later
                    WHERE later.index_oid = old.index_oid
                        AND later.index_relfilenode = old.index_relfilenode
                        AND later.kind = old.kind
                        AND (later.taken_at, later.id) > (old.taken_at, old.id)
                )
                AND EXISTS (
                    SELECT
                    FROM vecsteward.evidence AS earlier
                    WHERE earlier.index_oid = old.index_oid
                        AND earlier.index_relfilenode = old.index_relfilenode
                        AND earlier.kind = old.kind
                        AND (earlier.taken_at, earlier.id) < (old.taken_at, old.id)
                )
                OR NOT EXISTS (
                    SELECT
                    FROM pg_class AS class
                    WHERE class.oid = old.index_oid AND class.relfilenode = old.index_relfilenode
                )
            )
        LIMIT $2
    )
)
