-- The latest evidence of each kind about each index that is there, then the first about the same build of it.
WITH extreme AS (
    SELECT
        evidence.*,
        row_number() OVER by_kind AS from_latest,
        count(*) OVER (PARTITION BY evidence.index_oid, evidence.index_relfilenode, evidence.kind) AS pieces
    FROM vecsteward.evidence AS evidence
    JOIN pg_class AS class ON class.oid = evidence.index_oid AND class.relfilenode = evidence.index_relfilenode
    -- Restored from a dump, the state is about indexes of other numbers.
    WHERE evidence.state_oid = 'vecsteward.build'::regclass
    WINDOW by_kind AS (
        PARTITION BY evidence.index_oid, evidence.index_relfilenode, evidence.kind
        ORDER BY evidence.taken_at DESC, evidence.id DESC
    )
)
SELECT
    id,
    index_oid,
    index_relfilenode,
    kind,
    rows,
    writes,
    names,
    figures,
    setting_names,
    setting_values,
    extract(EPOCH FROM taken_at)::float8 AS taken_epoch
FROM extreme
WHERE from_latest IN (1, pieces)
ORDER BY index_oid, kind, from_latest
