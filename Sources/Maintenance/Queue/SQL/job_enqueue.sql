-- What is queued already, or has failed for this very index and table and waits for a person, is not queued again; nor by a
-- rule what a person has cancelled for this very index, for as long as that is remembered.
WITH old AS (
    SELECT i.oid, i.relfilenode
    FROM pg_class AS i
    JOIN pg_namespace AS n ON n.oid = i.relnamespace
    JOIN pg_index AS x ON x.indexrelid = i.oid
    JOIN pg_class AS t ON t.oid = x.indrelid
    WHERE n.nspname = $5::text AND t.relname = $6::text AND i.relname = $9::text
),
place AS (
    SELECT
        t.oid,
        t.relfilenode,
        greatest(t.reltuples, pg_stat_get_live_tuples(t.oid), 0)::bigint AS rows,
        pg_stat_get_tuples_inserted(t.oid) + pg_stat_get_tuples_updated(t.oid) + pg_stat_get_tuples_deleted(t.oid)
            AS writes,
        ARRAY(
            SELECT x.indexrelid
            FROM pg_index AS x
            JOIN pg_class AS i ON i.oid = x.indexrelid
            WHERE x.indrelid = t.oid
                AND i.relname NOT LIKE 'vecsteward\_build\_%'
                AND i.relname NOT LIKE 'vecsteward\_old\_%'
        ) AS indexes
    FROM pg_class AS t
    JOIN pg_namespace AS n ON n.oid = t.relnamespace
    WHERE n.nspname = $5::text AND t.relname = $6::text
)
INSERT INTO vecsteward.job (
    kind, collection_schema, collection_table, column_name, table_schema, table_name, building_name, finished_name,
    old_index_name, retired_name, is_attached, parent_name, parent_exists, choice_reason,
    method, lists, m, ef_construction, measure, operator_class_schema, operator_class, expression, predicate,
    disposition, disposition_reason, reason_rules, reason_summaries,
    predicted_memory_bytes, predicted_disk_bytes, predicted_seconds, maintenance_work_memory_bytes, parallel_workers,
    tablespace, comment, origin, rank, urgency, old_oid, old_relfilenode,
    options, statistics_target, extensions, repeats,
    indexed_type, indexed_dimensions, expected_rows, expected_elements, prediction_builds,
    table_oid, table_relfilenode, seen_rows, seen_writes, seen_indexes
)
SELECT
    $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text,
    $9::text, $10::text, $11::boolean, $12::text, $13::boolean, $14::text,
    $15::text, $16::integer, $17::integer, $18::integer, $19::text, $20::text, $21::text, $22::text, $23::text,
    $24::text, $25::text, $26::text[], $27::text[],
    $28::bigint, $29::bigint, $30::float8, $31::bigint, $32::integer,
    $33::text, $34::text, $35::text, $36::integer, $37::float8, old.oid, old.relfilenode,
    $38::text[], $39::integer, $40::text[], $41::integer,
    $42::text, $43::integer, $44::bigint, $45::bigint, $46::integer,
    place.oid, place.relfilenode, place.rows, place.writes, place.indexes
FROM (SELECT) AS one
LEFT JOIN old ON TRUE
LEFT JOIN place ON TRUE
WHERE NOT EXISTS (
    SELECT
    FROM vecsteward.job AS known
    WHERE known.table_schema = $5::text
        AND known.table_name = $6::text
        AND known.kind = $1::text
        AND known.subject = CASE $1::text WHEN 'create_index' THEN $4::text ELSE coalesce($9::text, '') END
        AND (
            known.finished_at IS NULL
            OR known.state = 'failed'
                AND (known.old_oid, known.old_relfilenode) IS NOT DISTINCT FROM (old.oid, old.relfilenode)
                AND (known.table_oid IS NULL OR place.oid IS NULL OR known.table_oid = place.oid)
            OR known.state = 'cancelled'
                AND known.is_cancel_requested
                AND $35::text = 'rule'
                AND (known.old_oid, known.old_relfilenode) IS NOT DISTINCT FROM (old.oid, old.relfilenode)
                AND NOT EXISTS (
                    SELECT
                    FROM vecsteward.job AS later
                    WHERE later.table_schema = known.table_schema
                        AND later.table_name = known.table_name
                        AND later.kind = known.kind
                        AND later.subject = known.subject
                        AND later.id > known.id
                )
        )
)
    -- The leftover of a build that is not given up is that job's own to clear away.
    AND NOT EXISTS (
        SELECT
        FROM vecsteward.job AS builder
        WHERE $1::text = 'drop_index'
            AND builder.finished_at IS NULL
            AND builder.table_schema = $5::text
            AND builder.table_name = $6::text
            AND builder.building_name = $9::text
    )
ON CONFLICT (table_schema, table_name, kind, subject) WHERE finished_at IS NULL DO NOTHING
RETURNING *
