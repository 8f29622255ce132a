-- Does not queue work that is queued already, or that has failed for this very index and table and waits for a person. Nor
-- does it queue for a rule what a person has cancelled for this very index, for as long as the cancelled job is kept.
WITH old AS (
    SELECT i.oid, i.relfilenode
    FROM pg_class AS i
    JOIN pg_namespace AS n ON n.oid = i.relnamespace
    JOIN pg_index AS x ON x.indexrelid = i.oid
    JOIN pg_class AS t ON t.oid = x.indrelid
    WHERE n.nspname = $6::text AND t.relname = $7::text AND i.relname = $9::text
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
    WHERE n.nspname = $6::text AND t.relname = $7::text
)
INSERT INTO vecsteward.job (
    kind, lane, collection_schema, collection_table, column_name, table_schema, table_name, subject,
    index_name, index_oid, index_relfilenode,
    disposition, disposition_reason, reason_rules, reason_summaries, origin, rank, urgency, repeats,
    table_oid, table_relfilenode, seen_rows, seen_writes, seen_indexes
)
SELECT
    $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text, $8::text,
    $9::text, old.oid, old.relfilenode,
    $10::text, $11::text, $12::text[], $13::text[], $14::text, $15::integer, $16::float8, $17::integer,
    place.oid, place.relfilenode, place.rows, place.writes, place.indexes
FROM (SELECT) AS one
LEFT JOIN old ON TRUE
LEFT JOIN place ON TRUE
WHERE NOT EXISTS (
    SELECT
    FROM vecsteward.job AS known
    WHERE known.table_schema = $6::text
        AND known.table_name = $7::text
        AND known.kind = $1::text
        AND known.subject = $8::text
        AND (
            known.finished_at IS NULL
            OR known.state = 'failed'
                AND (known.index_oid, known.index_relfilenode) IS NOT DISTINCT FROM (old.oid, old.relfilenode)
                AND (known.table_oid IS NULL OR place.oid IS NULL OR known.table_oid = place.oid)
            OR known.state = 'cancelled'
                AND known.is_cancel_requested
                AND $14::text = 'rule'
                AND (known.index_oid, known.index_relfilenode) IS NOT DISTINCT FROM (old.oid, old.relfilenode)
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
    -- The job of an unfinished build cleans up its own leftover.
    AND NOT EXISTS (
        SELECT
        FROM vecsteward.job AS builder
        JOIN vecsteward.build_job ON build_job.job_id = builder.id
        WHERE $1::text = 'drop_index'
            AND builder.finished_at IS NULL
            AND builder.table_schema = $6::text
            AND builder.table_name = $7::text
            AND build_job.building_name = $9::text
    )
ON CONFLICT (table_schema, table_name, kind, subject) WHERE finished_at IS NULL DO NOTHING
RETURNING id
