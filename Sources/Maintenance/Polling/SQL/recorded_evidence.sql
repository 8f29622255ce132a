-- The latest evidence of each kind about each index that is there, then the first about the same build of it that was gathered in
-- the same way: with the same settings, for vectors of the same source, and by the same effort.
WITH kept AS (
    SELECT
        evidence.*,
        row_number() OVER (
            PARTITION BY evidence.index_oid, evidence.index_relfilenode, evidence.kind
            ORDER BY evidence.taken_at DESC, evidence.id DESC
        ) AS from_latest,
        min(evidence.id) OVER (
            PARTITION BY
                evidence.index_oid, evidence.index_relfilenode, evidence.kind,
                evidence.setting_names, evidence.setting_values,
                coalesce(evidence.figures[array_position(evidence.names, 'querySource')], 0),
                evidence.figures[array_position(evidence.names, 'moreEffort')]
        ) AS first_alike
    FROM vecsteward.evidence AS evidence
    JOIN pg_class AS class ON class.oid = evidence.index_oid AND class.relfilenode = evidence.index_relfilenode
    -- Restored from a dump, the state is about indexes of other numbers.
    WHERE evidence.state_oid = 'vecsteward.build'::regclass
)
SELECT
    known.id,
    known.index_oid,
    known.index_relfilenode,
    known.kind,
    known.rows,
    known.writes,
    known.names,
    known.figures,
    known.setting_names,
    known.setting_values,
    extract(EPOCH FROM known.taken_at)::float8 AS taken_epoch
FROM kept AS latest
JOIN kept AS known
    ON known.index_oid = latest.index_oid
    AND known.index_relfilenode = latest.index_relfilenode
    AND known.kind = latest.kind
    AND known.id IN (latest.id, latest.first_alike)
WHERE latest.from_latest = 1
ORDER BY known.index_oid, known.kind, known.from_latest
