-- What only jobs that build an index have, with a row for each of them; what every job has stays in vecsteward.job.
ALTER TABLE vecsteward.job ADD CONSTRAINT job_id_kind UNIQUE (id, kind);

CREATE TABLE vecsteward.build_job (
    job_id bigint PRIMARY KEY,
    job_kind text NOT NULL CONSTRAINT build_job_kind CHECK (job_kind IN ('create_index', 'rebuild_index')),
    building_name vecsteward.object_name NOT NULL,
    finished_name vecsteward.object_name NOT NULL,
    retired_name vecsteward.object_name,
    is_attached boolean,
    parent_name vecsteward.object_name,
    parent_exists boolean,
    choice_reason text,

    method text NOT NULL CONSTRAINT build_job_method CHECK (method IN ('hnsw', 'ivfflat')),
    lists integer CONSTRAINT build_job_lists CHECK (lists BETWEEN 1 AND 32768),
    m integer CONSTRAINT build_job_m CHECK (m BETWEEN 2 AND 100),
    ef_construction integer CONSTRAINT build_job_ef_construction CHECK (ef_construction BETWEEN 4 AND 1000),
    measure text NOT NULL CONSTRAINT build_job_measure CHECK (
        measure IN (
            'cosine_distance', 'l2_distance', 'l1_distance', 'max_inner_product', 'hamming_distance',
            'jaccard_distance'
        )
    ),
    operator_class_schema vecsteward.object_name NOT NULL,
    operator_class vecsteward.object_name NOT NULL,
    expression text,
    predicate text,
    tablespace vecsteward.object_name,
    comment text,
    -- Storage parameters as their owner wrote them; NULL for those of the columns above.
    options text[] CONSTRAINT build_job_options CHECK (array_position(options, NULL) IS NULL),
    statistics_target integer,
    extensions text[] NOT NULL DEFAULT '{}'
        CONSTRAINT build_job_extensions CHECK (array_position(extensions, NULL) IS NULL),

    predicted_memory_bytes bigint CONSTRAINT build_job_predicted_memory CHECK (predicted_memory_bytes >= 0),
    predicted_disk_bytes bigint CONSTRAINT build_job_predicted_disk CHECK (predicted_disk_bytes >= 0),
    predicted_seconds double precision
        CONSTRAINT build_job_predicted_seconds CHECK (predicted_seconds >= 0 AND predicted_seconds < 'Infinity'),
    -- How many builds have corrected the formula; NULL for the formula alone.
    prediction_builds integer CONSTRAINT build_job_prediction_builds CHECK (prediction_builds > 0),
    maintenance_work_memory_bytes bigint
        CONSTRAINT build_job_maintenance_work_memory CHECK (maintenance_work_memory_bytes > 0),
    parallel_workers integer CONSTRAINT build_job_parallel_workers CHECK (parallel_workers BETWEEN 0 AND 1024),
    -- What is put into the index, as far as the cost of its build depends on it.
    indexed_type text
        CONSTRAINT build_job_indexed_type CHECK (indexed_type IN ('vector', 'halfvec', 'bit', 'sparsevec')),
    indexed_dimensions integer CONSTRAINT build_job_indexed_dimensions CHECK (indexed_dimensions >= 0),
    expected_rows bigint CONSTRAINT build_job_expected_rows CHECK (expected_rows >= 0),
    expected_elements bigint CONSTRAINT build_job_expected_elements CHECK (expected_elements >= 0),

    new_oid oid,
    new_relfilenode oid,

    FOREIGN KEY (job_id, job_kind) REFERENCES vecsteward.job (id, kind) ON DELETE CASCADE,

    CONSTRAINT build_job_parameters CHECK (
        CASE method
            WHEN 'ivfflat' THEN lists IS NOT NULL AND num_nonnulls(m, ef_construction) = 0
            ELSE lists IS NULL AND num_nulls(m, ef_construction) = 0 AND ef_construction >= 2 * m
        END
    ),
    CONSTRAINT build_job_creation CHECK (
        (job_kind = 'create_index') = (choice_reason IS NOT NULL)
        AND num_nonnulls(parent_name, parent_exists) IN (0, 2)
        AND (job_kind = 'create_index' OR parent_name IS NULL)
    ),
    CONSTRAINT build_job_rebuilding CHECK (
        (job_kind = 'rebuild_index') = (is_attached IS NOT NULL)
        AND (job_kind = 'rebuild_index' OR retired_name IS NULL)
    ),
    CONSTRAINT build_job_statistics_target CHECK (
        statistics_target IS NULL OR statistics_target BETWEEN 0 AND 10000 AND expression IS NOT NULL
    ),
    CONSTRAINT build_job_prediction CHECK (
        num_nonnulls(predicted_memory_bytes, predicted_disk_bytes, predicted_seconds) IN (0, 3)
        AND (predicted_seconds IS NOT NULL OR prediction_builds IS NULL)
    ),
    CONSTRAINT build_job_settings CHECK (num_nonnulls(maintenance_work_memory_bytes, parallel_workers) IN (0, 2)),
    CONSTRAINT build_job_shape CHECK (
        num_nonnulls(indexed_type, indexed_dimensions, expected_rows) IN (0, 3)
        AND (indexed_type IS NOT NULL OR expected_elements IS NULL)
    ),
    CONSTRAINT build_job_new_identity CHECK (num_nonnulls(new_oid, new_relfilenode) IN (0, 2))
);

INSERT INTO vecsteward.build_job
SELECT
    id, kind, building_name, finished_name, retired_name, is_attached, parent_name, parent_exists, choice_reason,
    method, lists, m, ef_construction, measure, operator_class_schema, operator_class, expression, predicate, tablespace,
    comment, options, statistics_target, extensions,
    predicted_memory_bytes, predicted_disk_bytes, predicted_seconds, prediction_builds,
    maintenance_work_memory_bytes, parallel_workers,
    indexed_type, indexed_dimensions, expected_rows, expected_elements,
    new_oid, new_relfilenode
FROM vecsteward.job
WHERE kind IN ('create_index', 'rebuild_index');

CREATE INDEX build_job_building ON vecsteward.build_job (building_name);
CREATE INDEX build_job_attached ON vecsteward.build_job (new_oid) WHERE is_attached AND new_oid IS NOT NULL;

-- The kind of job says what tells its work apart.
ALTER TABLE vecsteward.job ALTER COLUMN subject DROP EXPRESSION;

-- Constraints and indexes on a column go with it.
ALTER TABLE vecsteward.job
    DROP COLUMN building_name, DROP COLUMN finished_name, DROP COLUMN retired_name, DROP COLUMN is_attached,
    DROP COLUMN parent_name, DROP COLUMN parent_exists, DROP COLUMN choice_reason,
    DROP COLUMN method, DROP COLUMN lists, DROP COLUMN m, DROP COLUMN ef_construction, DROP COLUMN measure,
    DROP COLUMN operator_class_schema, DROP COLUMN operator_class, DROP COLUMN expression, DROP COLUMN predicate,
    DROP COLUMN tablespace, DROP COLUMN comment, DROP COLUMN options, DROP COLUMN statistics_target,
    DROP COLUMN extensions,
    DROP COLUMN predicted_memory_bytes, DROP COLUMN predicted_disk_bytes, DROP COLUMN predicted_seconds,
    DROP COLUMN prediction_builds, DROP COLUMN maintenance_work_memory_bytes, DROP COLUMN parallel_workers,
    DROP COLUMN indexed_type, DROP COLUMN indexed_dimensions, DROP COLUMN expected_rows,
    DROP COLUMN expected_elements, DROP COLUMN new_oid, DROP COLUMN new_relfilenode,
    DROP CONSTRAINT job_kind, DROP CONSTRAINT job_old_index, DROP CONSTRAINT job_old_identity;

-- The index that is there and that a job is about, as it was when the job was queued.
ALTER TABLE vecsteward.job RENAME COLUMN old_index_name TO index_name;
ALTER TABLE vecsteward.job RENAME COLUMN old_oid TO index_oid;
ALTER TABLE vecsteward.job RENAME COLUMN old_relfilenode TO index_relfilenode;

-- Which jobs it takes turns with.
ALTER TABLE vecsteward.job ADD COLUMN lane text CONSTRAINT job_lane CHECK (lane IN ('quick', 'build', 'background'));
UPDATE vecsteward.job SET lane = CASE WHEN kind IN ('create_index', 'rebuild_index') THEN 'build' ELSE 'quick' END;
ALTER TABLE vecsteward.job ALTER COLUMN lane SET NOT NULL;

-- A program sets aside the jobs of a kind that it does not know.
ALTER TABLE vecsteward.job
    ADD CONSTRAINT job_kind CHECK (kind ~ '^[a-z][a-z_]*$'),
    ADD CONSTRAINT job_index CHECK (
        CASE
            WHEN kind IN ('rebuild_index', 'drop_index') THEN index_name IS NOT NULL
            WHEN kind IN ('create_index', 'analyze') THEN index_name IS NULL
            ELSE TRUE
        END
        AND (index_name IS NOT NULL OR index_oid IS NULL)
    ),
    ADD CONSTRAINT job_index_identity CHECK (num_nonnulls(index_oid, index_relfilenode) IN (0, 2));

-- What jobs in the background have found out about an index.
CREATE TABLE vecsteward.evidence (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    job_id bigint REFERENCES vecsteward.job ON DELETE SET NULL,
    kind text NOT NULL CONSTRAINT evidence_kind CHECK (kind ~ '^[a-z][a-z_]*$'),
    index_oid oid NOT NULL,
    index_relfilenode oid NOT NULL,
    -- The table at that time: its rows, and how many were inserted, updated and deleted by then.
    rows bigint NOT NULL CONSTRAINT evidence_rows CHECK (rows >= 0),
    writes bigint NOT NULL CONSTRAINT evidence_writes CHECK (writes >= 0),
    names text[] NOT NULL,
    figures double precision[] NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    -- Restored from a dump, the state is about indexes of other numbers.
    state_oid oid NOT NULL DEFAULT ('vecsteward.build'::pg_catalog.regclass)::pg_catalog.oid,

    CONSTRAINT evidence_figures CHECK (
        cardinality(names) = cardinality(figures)
        AND array_position(names, NULL) IS NULL
        AND array_position(figures, NULL) IS NULL
    )
);

CREATE INDEX evidence_of_index ON vecsteward.evidence (index_oid, index_relfilenode, kind, taken_at DESC, id DESC);
CREATE INDEX evidence_age ON vecsteward.evidence (taken_at);
-- Deleting a job looks for its evidence.
CREATE INDEX evidence_of_job ON vecsteward.evidence (job_id) WHERE job_id IS NOT NULL;
