-- The contents of an index, as far as the cost of its build depends on them, and the basis of the prediction.
ALTER TABLE vecsteward.job
    ADD COLUMN indexed_type text
        CONSTRAINT job_indexed_type CHECK (indexed_type IN ('vector', 'halfvec', 'bit', 'sparsevec')),
    ADD COLUMN indexed_dimensions integer CONSTRAINT job_indexed_dimensions CHECK (indexed_dimensions >= 0),
    ADD COLUMN expected_rows bigint CONSTRAINT job_expected_rows CHECK (expected_rows >= 0),
    ADD COLUMN expected_elements bigint CONSTRAINT job_expected_elements CHECK (expected_elements >= 0),
    -- How many builds have corrected the formula; NULL for the formula alone.
    ADD COLUMN prediction_builds integer CONSTRAINT job_prediction_builds CHECK (prediction_builds > 0),
    ADD CONSTRAINT job_shape CHECK (
        num_nonnulls(indexed_type, indexed_dimensions, expected_rows) IN (0, 3)
        AND (method IS NOT NULL OR indexed_type IS NULL)
        AND (indexed_type IS NOT NULL OR expected_elements IS NULL)
        AND (predicted_seconds IS NOT NULL OR prediction_builds IS NULL)
    );

-- The cost of the build statement, with its resources; later builds are predicted from it.
ALTER TABLE vecsteward.build
    ADD COLUMN indexed_type text
        CONSTRAINT build_indexed_type CHECK (indexed_type IN ('vector', 'halfvec', 'bit', 'sparsevec')),
    ADD COLUMN indexed_dimensions integer CONSTRAINT build_indexed_dimensions CHECK (indexed_dimensions >= 0),
    ADD COLUMN expected_elements bigint CONSTRAINT build_expected_elements CHECK (expected_elements >= 0),
    ADD COLUMN statement_seconds double precision
        CONSTRAINT build_statement_seconds CHECK (statement_seconds >= 0 AND statement_seconds < 'Infinity'),
    ADD COLUMN parallel_workers integer CONSTRAINT build_parallel_workers CHECK (parallel_workers BETWEEN 0 AND 1024),
    ADD COLUMN maintenance_work_memory_bytes bigint
        CONSTRAINT build_maintenance_work_memory CHECK (maintenance_work_memory_bytes > 0),
    -- Whether the server reported that the graph outgrew its memory; NULL if nobody listened.
    ADD COLUMN has_spilled boolean,
    ADD COLUMN predicted_seconds double precision
        CONSTRAINT build_predicted_seconds CHECK (predicted_seconds >= 0 AND predicted_seconds < 'Infinity'),
    ADD CONSTRAINT build_measured CHECK (
        num_nonnulls(
            indexed_type, indexed_dimensions, statement_seconds, parallel_workers, maintenance_work_memory_bytes
        ) IN (0, 5)
        AND (statement_seconds IS NOT NULL OR num_nonnulls(expected_elements, has_spilled) = 0)
    );

-- Finds them without reading builds that were not measured.
CREATE INDEX build_measured ON vecsteward.build (built_at DESC, id DESC) WHERE statement_seconds IS NOT NULL;

-- The builds that each poll reads: those of existing indexes, and those that a REINDEX has left.
CREATE INDEX build_of_file ON vecsteward.build (oid, relfilenode, built_at DESC, id DESC);
CREATE INDEX job_attached ON vecsteward.job (new_oid)
    WHERE is_attached AND finished_at IS NOT NULL;
