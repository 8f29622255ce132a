-- The latest evidence of each kind about each index that is there.
SELECT DISTINCT ON (evidence.index_oid, evidence.kind)
    evidence.id,
    evidence.index_oid,
    evidence.index_relfilenode,
    evidence.kind,
    evidence.rows,
    evidence.writes,
    evidence.names,
    evidence.figures,
    extract(EPOCH FROM evidence.taken_at)::float8 AS taken_epoch
FROM vecsteward.evidence AS evidence
JOIN pg_class AS class ON class.oid = evidence.index_oid AND class.relfilenode = evidence.index_relfilenode
-- Restored from a dump, the state is about indexes of other numbers.
WHERE evidence.state_oid = 'vecsteward.build'::regclass
ORDER BY evidence.index_oid, evidence.kind, evidence.taken_at DESC, evidence.id DESC
