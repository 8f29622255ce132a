-- Valid indexes that vecsteward's jobs have built and that no job will use: their table or its schema was renamed meanwhile,
-- or the job ended when its role could not drop them. An index that somebody built by hand under such a name is not
-- vecsteward's, and one that is the only index for its queries is kept for them.
-- Also invalid ones that a REINDEX of vecsteward left and could not drop, recognized by their identifier.
-- The candidates come first, because reading a key waits for a lock on its table.
WITH busy AS MATERIALIZED (
    SELECT lock.relation AS table_oid
    FROM pg_locks AS lock
    WHERE lock.locktype = 'relation'
        AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND lock.mode = 'ShareUpdateExclusiveLock'
        AND lock.granted
),
candidate AS MATERIALIZED (
    SELECT class.oid, class.relname, index.indrelid, own.relname AS table, namespace.nspname, maker.column_name
    FROM pg_class AS class
    JOIN pg_index AS index ON index.indexrelid = class.oid AND index.indisvalid
    JOIN pg_class AS own ON own.oid = index.indrelid
    JOIN pg_namespace AS namespace ON namespace.oid = own.relnamespace
    JOIN LATERAL (
        SELECT job.column_name
        FROM vecsteward.build_job AS build_job
        JOIN vecsteward.job AS job ON job.id = build_job.job_id
        WHERE build_job.building_name = class.relname::text
        ORDER BY job.id DESC
        LIMIT 1
    ) AS maker ON TRUE
    WHERE class.relkind = 'i'
        AND class.relname LIKE 'vecsteward\_build\_%'
        AND pg_has_role(own.relowner, 'USAGE')
        AND NOT EXISTS (
            SELECT
            FROM vecsteward.build_job AS build_job
            JOIN vecsteward.job AS job ON job.id = build_job.job_id
            WHERE build_job.building_name = class.relname::text
                AND job.table_schema = namespace.nspname::text
                AND job.table_name = own.relname::text
                AND job.finished_at IS NULL
        )
        -- A build that its job no longer watches may be near its end.
        AND NOT EXISTS (SELECT FROM busy WHERE busy.table_oid = own.oid)
)
SELECT
    candidate.nspname AS schema,
    candidate.table,
    candidate.column_name,
    candidate.relname AS name,
    pg_relation_size(candidate.oid) AS size_bytes,
    TRUE AS is_valid
FROM candidate
JOIN pg_index AS index ON index.indexrelid = candidate.oid
WHERE EXISTS (
    SELECT
    FROM pg_index AS twin
    WHERE twin.indrelid = index.indrelid
        AND twin.indexrelid <> index.indexrelid
        AND twin.indisvalid AND twin.indisready
        AND pg_get_indexdef(twin.indexrelid, 1, FALSE) = pg_get_indexdef(index.indexrelid, 1, FALSE)
        AND (
            twin.indpred IS NULL
            OR pg_get_expr(twin.indpred, twin.indrelid) = pg_get_expr(index.indpred, index.indrelid)
        )
        -- By the operator: an operator class belongs to one method, and the other index may have another method.
        AND EXISTS (
            SELECT
            FROM pg_opclass AS own_class
            JOIN pg_amop AS own_operator
                ON own_operator.amopfamily = own_class.opcfamily
                AND own_operator.amoppurpose = 'o'
                AND own_operator.amoplefttype = own_class.opcintype
            JOIN pg_amop AS twin_operator ON twin_operator.amopopr = own_operator.amopopr
            JOIN pg_opclass AS twin_class
                ON twin_operator.amopfamily = twin_class.opcfamily
                AND twin_operator.amoplefttype = twin_class.opcintype
            WHERE own_class.oid = index.indclass[0] AND twin_class.oid = twin.indclass[0]
        )
)
UNION ALL
SELECT namespace.nspname, own.relname, job.column_name, class.relname, pg_relation_size(class.oid), FALSE
FROM vecsteward.build_job AS build_job
JOIN vecsteward.job AS job ON job.id = build_job.job_id
JOIN pg_class AS class
    ON class.oid = build_job.new_oid AND class.relfilenode = build_job.new_relfilenode AND class.relkind = 'i'
JOIN pg_index AS index ON index.indexrelid = class.oid AND NOT index.indisvalid
JOIN pg_class AS own ON own.oid = index.indrelid
JOIN pg_namespace AS namespace ON namespace.oid = own.relnamespace
WHERE build_job.is_attached
    AND build_job.new_oid IS NOT NULL
    AND job.finished_at IS NOT NULL
    AND pg_has_role(own.relowner, 'USAGE')
    AND NOT EXISTS (
        SELECT
        FROM vecsteward.job AS next
        WHERE next.kind = 'rebuild_index'
            AND next.table_schema = namespace.nspname::text
            AND next.table_name = own.relname::text
            AND next.finished_at IS NULL
    )
    AND NOT EXISTS (SELECT FROM busy WHERE busy.table_oid = own.oid)
ORDER BY schema, name
