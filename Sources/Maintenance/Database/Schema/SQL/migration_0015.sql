-- What a job measures the recall of an index with.
CREATE TABLE vecsteward.recall_job (
    job_id bigint PRIMARY KEY REFERENCES vecsteward.job ON DELETE CASCADE,
    -- How many rows a search asks for, and how many searches run.
    neighbours integer NOT NULL CONSTRAINT recall_job_neighbours CHECK (neighbours BETWEEN 1 AND 1000),
    queries integer NOT NULL CONSTRAINT recall_job_queries CHECK (queries BETWEEN 1 AND 10000),
    -- Whether to compute what other lists would find.
    has_what_if boolean NOT NULL,
    budget_seconds double precision NOT NULL
        CONSTRAINT recall_job_budget CHECK (budget_seconds > 0 AND budget_seconds <= 86400),
    -- The settings of the searches.
    setting_names text[] NOT NULL,
    setting_values text[] NOT NULL,

    CONSTRAINT recall_job_settings CHECK (
        cardinality(setting_names) = cardinality(setting_values)
        AND array_position(setting_names, NULL) IS NULL
        AND array_position(setting_values, NULL) IS NULL
    )
);

-- The settings that a job found something out with.
ALTER TABLE vecsteward.evidence
    ADD COLUMN setting_names text[] NOT NULL DEFAULT '{}',
    ADD COLUMN setting_values text[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT evidence_settings CHECK (
        cardinality(setting_names) = cardinality(setting_values)
        AND array_position(setting_names, NULL) IS NULL
        AND array_position(setting_values, NULL) IS NULL
    );
