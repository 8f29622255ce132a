-- When people were last told of a finding.
ALTER TABLE vecsteward.finding
    ADD COLUMN told_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    ADD CONSTRAINT finding_told CHECK (told_at >= raised_at);
