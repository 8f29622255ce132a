-- Evidence of an index that is there is kept for as long as it is the latest of its kind.
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
                OR NOT EXISTS (
                    SELECT
                    FROM pg_class AS class
                    WHERE class.oid = old.index_oid AND class.relfilenode = old.index_relfilenode
                )
            )
        LIMIT $2
    )
)
