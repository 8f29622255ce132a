-- How often a job has been put off in a row, because others were in its way; since when, and when the last time was.
ALTER TABLE vecsteward.job
    ADD COLUMN put_off integer NOT NULL DEFAULT 0 CONSTRAINT job_put_off CHECK (put_off >= 0),
    ADD COLUMN put_off_since timestamptz,
    ADD COLUMN put_off_at timestamptz,
    ADD CONSTRAINT job_put_off_times CHECK (
        num_nonnulls(put_off_since, put_off_at) = CASE WHEN put_off > 0 THEN 2 ELSE 0 END
    );

-- How long the first two phases of an IVFFlat build took: k-means, and the pass over the table. No formula knows what k-means
-- takes, since that depends on the vectors.
ALTER TABLE vecsteward.build
    ADD COLUMN training_seconds double precision,
    ADD COLUMN assigning_seconds double precision,
    ADD CONSTRAINT build_phases CHECK (
        num_nonnulls(training_seconds, assigning_seconds) IN (0, 2)
        AND (training_seconds IS NULL OR training_seconds >= 0 AND assigning_seconds >= 0 AND method = 'ivfflat')
    );
ALTER TABLE vecsteward.build_job
    ADD COLUMN predicted_training_seconds double precision,
    ADD COLUMN predicted_assigning_seconds double precision,
    ADD CONSTRAINT build_job_predicted_phases CHECK (
        num_nonnulls(predicted_training_seconds, predicted_assigning_seconds) IN (0, 2)
        AND (
            predicted_training_seconds IS NULL
            OR predicted_training_seconds >= 0 AND predicted_assigning_seconds >= 0 AND method = 'ivfflat'
        )
    );

-- Whether a job only checks how much the searches agree with those of ten times the effort, and reads no table.
ALTER TABLE vecsteward.recall_job ADD COLUMN is_check boolean NOT NULL DEFAULT FALSE;
