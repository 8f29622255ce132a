CREATE TABLE vecsteward.migration (
    version integer PRIMARY KEY CHECK (version > 0),
    applied_at timestamptz NOT NULL DEFAULT statement_timestamp()
);

-- The type "name" would truncate longer names, and so confuse objects. Collation C compares bytes, as the catalog does.
CREATE DOMAIN vecsteward.object_name AS text COLLATE "C"
    CONSTRAINT object_name_length CHECK (octet_length(VALUE) BETWEEN 1 AND 63);

CREATE TABLE vecsteward.job (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL
        CONSTRAINT job_kind CHECK (kind IN ('create_index', 'rebuild_index', 'drop_index', 'analyze')),
    collection_schema vecsteward.object_name NOT NULL,
    collection_table vecsteward.object_name NOT NULL,
    column_name vecsteward.object_name NOT NULL,
    table_schema vecsteward.object_name NOT NULL,
    table_name vecsteward.object_name NOT NULL,
    building_name vecsteward.object_name,
    finished_name vecsteward.object_name,
    old_index_name vecsteward.object_name,
    retired_name vecsteward.object_name,
    is_attached boolean,
    parent_name vecsteward.object_name,
    parent_exists boolean,
    choice_reason text,
    -- What distinguishes this work from other work of its kind on the table.
    subject text COLLATE "C" NOT NULL GENERATED ALWAYS AS (
        CASE kind WHEN 'create_index' THEN column_name::text ELSE coalesce(old_index_name::text, '') END
    ) STORED,

    method text CONSTRAINT job_method CHECK (method IN ('hnsw', 'ivfflat')),
    lists integer CONSTRAINT job_lists CHECK (lists BETWEEN 1 AND 32768),
    m integer CONSTRAINT job_m CHECK (m BETWEEN 2 AND 100),
    ef_construction integer CONSTRAINT job_ef_construction CHECK (ef_construction BETWEEN 4 AND 1000),
    measure text CONSTRAINT job_measure CHECK (
        measure IN (
            'cosine_distance', 'l2_distance', 'l1_distance', 'max_inner_product', 'hamming_distance',
            'jaccard_distance'
        )
    ),
    operator_class_schema vecsteward.object_name,
    operator_class vecsteward.object_name,
    expression text,
    predicate text,
    tablespace vecsteward.object_name,
    comment text,

    disposition text NOT NULL
        CONSTRAINT job_disposition CHECK (disposition IN ('act', 'suggest', 'refused')),
    disposition_reason text,
    reason_rules text[] NOT NULL,
    reason_summaries text[] NOT NULL,
    predicted_memory_bytes bigint CONSTRAINT job_predicted_memory CHECK (predicted_memory_bytes >= 0),
    predicted_disk_bytes bigint CONSTRAINT job_predicted_disk CHECK (predicted_disk_bytes >= 0),
    predicted_seconds double precision
        CONSTRAINT job_predicted_seconds CHECK (predicted_seconds >= 0 AND predicted_seconds < 'Infinity'),
    maintenance_work_memory_bytes bigint
        CONSTRAINT job_maintenance_work_memory CHECK (maintenance_work_memory_bytes > 0),
    parallel_workers integer CONSTRAINT job_parallel_workers CHECK (parallel_workers BETWEEN 0 AND 1024),

    state text NOT NULL DEFAULT 'queued' CONSTRAINT job_state CHECK (
        state IN (
            'queued', 'running', 'proving', 'swapping', 'cleaning', 'waiting', 'done', 'failed', 'cancelled'
        )
    ),
    attempts integer NOT NULL DEFAULT 0 CONSTRAINT job_attempts CHECK (attempts >= 0),
    old_oid oid,
    old_relfilenode oid,
    new_oid oid,
    new_relfilenode oid,
    is_cancel_requested boolean NOT NULL DEFAULT FALSE,
    not_before timestamptz,
    created_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    started_at timestamptz,
    finished_at timestamptz,
    failure_sqlstate text CONSTRAINT job_failure_sqlstate CHECK (failure_sqlstate ~ '^[0-9A-Z]{5}$'),
    failure_message text,
    failure_hint text,

    CONSTRAINT job_definition CHECK (
        num_nonnulls(method, measure, operator_class_schema, operator_class)
            = CASE WHEN kind IN ('create_index', 'rebuild_index') THEN 4 ELSE 0 END
        AND (method IS NOT NULL OR num_nonnulls(expression, predicate, tablespace, comment) = 0)
    ),
    CONSTRAINT job_parameters CHECK (
        CASE method
            WHEN 'ivfflat' THEN lists IS NOT NULL AND num_nonnulls(m, ef_construction) = 0
            WHEN 'hnsw' THEN lists IS NULL AND num_nulls(m, ef_construction) = 0 AND ef_construction >= 2 * m
            ELSE num_nonnulls(lists, m, ef_construction) = 0
        END
    ),
    CONSTRAINT job_names CHECK (
        CASE kind
            WHEN 'create_index' THEN num_nulls(building_name, finished_name) = 0
            WHEN 'rebuild_index' THEN num_nulls(building_name, finished_name) = 0
            ELSE finished_name IS NULL
        END
    ),
    CONSTRAINT job_creation CHECK (
        (kind = 'create_index') = (choice_reason IS NOT NULL)
        AND num_nonnulls(parent_name, parent_exists) IN (0, 2)
        AND (kind = 'create_index' OR parent_name IS NULL)
    ),
    CONSTRAINT job_old_index CHECK (
        (kind IN ('rebuild_index', 'drop_index')) = (old_index_name IS NOT NULL)
        AND (old_index_name IS NOT NULL OR old_oid IS NULL)
    ),
    CONSTRAINT job_rebuilding CHECK (
        (kind = 'rebuild_index') = (is_attached IS NOT NULL)
        AND (kind = 'rebuild_index' OR retired_name IS NULL)
    ),
    CONSTRAINT job_reasons CHECK (
        cardinality(reason_rules) = cardinality(reason_summaries)
        AND array_position(reason_rules, NULL) IS NULL
        AND array_position(reason_summaries, NULL) IS NULL
    ),
    CONSTRAINT job_disposition_reason CHECK (
        CASE disposition
            WHEN 'act' THEN disposition_reason IS NULL
            WHEN 'refused' THEN disposition_reason IS NOT NULL
            ELSE TRUE
        END
    ),
    CONSTRAINT job_prediction CHECK (
        num_nonnulls(predicted_memory_bytes, predicted_disk_bytes, predicted_seconds) IN (0, 3)
        AND (method IS NOT NULL OR predicted_seconds IS NULL)
    ),
    CONSTRAINT job_settings CHECK (
        num_nonnulls(maintenance_work_memory_bytes, parallel_workers) IN (0, 2)
        AND (method IS NOT NULL OR parallel_workers IS NULL)
    ),
    CONSTRAINT job_old_identity CHECK (num_nonnulls(old_oid, old_relfilenode) IN (0, 2)),
    CONSTRAINT job_new_identity CHECK (num_nonnulls(new_oid, new_relfilenode) IN (0, 2)),
    CONSTRAINT job_finished CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
    CONSTRAINT job_started CHECK (
        state NOT IN ('running', 'proving', 'swapping', 'cleaning') OR started_at IS NOT NULL
    ),
    CONSTRAINT job_not_before CHECK (not_before IS NULL OR state = 'waiting'),
    CONSTRAINT job_failure CHECK (failure_message IS NOT NULL OR num_nonnulls(failure_sqlstate, failure_hint) = 0)
);

CREATE UNIQUE INDEX job_unfinished ON vecsteward.job (table_schema, table_name, kind, subject)
    WHERE finished_at IS NULL;

CREATE TABLE vecsteward.build (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint REFERENCES vecsteward.job ON DELETE SET NULL,
    table_schema vecsteward.object_name NOT NULL,
    table_name vecsteward.object_name NOT NULL,
    column_name vecsteward.object_name NOT NULL,
    index_name vecsteward.object_name NOT NULL,
    oid oid NOT NULL,
    relfilenode oid NOT NULL,
    rows bigint NOT NULL CONSTRAINT build_rows CHECK (rows >= 0),
    source text NOT NULL CONSTRAINT build_source CHECK (source IN ('built', 'observed', 'inferred')),
    method text NOT NULL CONSTRAINT build_method CHECK (method IN ('hnsw', 'ivfflat')),
    lists integer CONSTRAINT build_lists CHECK (lists BETWEEN 1 AND 32768),
    m integer CONSTRAINT build_m CHECK (m BETWEEN 2 AND 100),
    ef_construction integer CONSTRAINT build_ef_construction CHECK (ef_construction BETWEEN 4 AND 1000),
    size_bytes bigint CONSTRAINT build_size CHECK (size_bytes >= 0),
    seconds double precision CONSTRAINT build_seconds CHECK (seconds >= 0 AND seconds < 'Infinity'),
    predicted_memory_bytes bigint CONSTRAINT build_predicted_memory CHECK (predicted_memory_bytes >= 0),
    predicted_disk_bytes bigint CONSTRAINT build_predicted_disk CHECK (predicted_disk_bytes >= 0),
    built_at timestamptz NOT NULL DEFAULT statement_timestamp(),

    -- Somebody may have altered an index after its build, so m does not bound ef_construction here.
    CONSTRAINT build_parameters CHECK (
        CASE method
            WHEN 'ivfflat' THEN lists IS NOT NULL AND num_nonnulls(m, ef_construction) = 0
            ELSE lists IS NULL AND num_nulls(m, ef_construction) = 0
        END
    )
);

CREATE INDEX build_of_index ON vecsteward.build (table_schema, table_name, index_name, built_at DESC);

-- Deleting a job searches for its builds.
CREATE INDEX build_of_job ON vecsteward.build (job_id) WHERE job_id IS NOT NULL;
