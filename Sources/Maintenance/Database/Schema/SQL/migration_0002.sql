ALTER TABLE vecsteward.job
    ADD COLUMN origin text NOT NULL DEFAULT 'rule' CONSTRAINT job_origin CHECK (origin IN ('rule', 'person')),
    ADD COLUMN rank integer NOT NULL DEFAULT 4 CONSTRAINT job_rank CHECK (rank BETWEEN 0 AND 4),
    ADD COLUMN urgency double precision NOT NULL DEFAULT 0
        CONSTRAINT job_urgency CHECK (urgency >= 0 AND urgency < 'Infinity');

-- The open findings of rules, and those that are resolved.
CREATE TABLE vecsteward.finding (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule text NOT NULL CONSTRAINT finding_rule CHECK (rule <> ''),
    table_schema vecsteward.object_name,
    table_name vecsteward.object_name,
    column_name vecsteward.object_name,
    -- The partition, if the finding is about one.
    part_name vecsteward.object_name,
    index_name vecsteward.object_name,
    severity text NOT NULL CONSTRAINT finding_severity CHECK (severity IN ('notice', 'warning', 'critical')),
    summary text NOT NULL,
    raised_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    resolved_at timestamptz,

    CONSTRAINT finding_place CHECK (
        num_nulls(table_schema, table_name, column_name) IN (0, 3)
        AND (num_nonnulls(part_name, index_name) = 0 OR table_name IS NOT NULL)
    ),
    CONSTRAINT finding_times CHECK (resolved_at >= raised_at)
);

CREATE UNIQUE INDEX finding_open
    ON vecsteward.finding (
        rule, coalesce(table_schema, ''), coalesce(table_name, ''), coalesce(column_name, ''),
        coalesce(part_name, ''), coalesce(index_name, '')
    )
    WHERE resolved_at IS NULL;

CREATE INDEX finding_resolved ON vecsteward.finding (resolved_at) WHERE resolved_at IS NOT NULL;
