-- Further properties of a rebuilt index: storage parameters as their owner wrote them, NULL for those of the columns
-- above; the statistics target of an expression; the extensions that it depends on.
ALTER TABLE vecsteward.job
    ADD COLUMN options text[],
    ADD COLUMN statistics_target integer,
    ADD COLUMN extensions text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT job_options CHECK (
        options IS NULL OR method IS NOT NULL AND array_position(options, NULL) IS NULL
    ),
    ADD CONSTRAINT job_statistics_target CHECK (
        statistics_target IS NULL OR statistics_target BETWEEN 0 AND 10000 AND expression IS NOT NULL
    ),
    ADD CONSTRAINT job_extensions CHECK (
        array_position(extensions, NULL) IS NULL AND (method IS NOT NULL OR extensions = '{}')
    );

-- Indexes whose lists were set for a REINDEX that has not finished: until then, the catalog shows the wrong number.
-- Kept apart from the job, to outlive a deleted job.
CREATE TABLE vecsteward.altered_index (
    oid oid PRIMARY KEY,
    relfilenode oid NOT NULL,
    job_id bigint NOT NULL,
    -- As they were written; NULL if they were not.
    former_lists text CONSTRAINT altered_index_former_lists CHECK (former_lists <> ''),
    lists integer NOT NULL CONSTRAINT altered_index_lists CHECK (lists BETWEEN 1 AND 32768),
    altered_at timestamptz NOT NULL DEFAULT statement_timestamp()
);
