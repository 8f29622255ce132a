-- When the finding was last reported. A clock may have been set back since it was found.
ALTER TABLE vecsteward.finding ADD COLUMN told_at timestamptz NOT NULL DEFAULT statement_timestamp();
UPDATE vecsteward.finding SET told_at = raised_at WHERE told_at < raised_at;
ALTER TABLE vecsteward.finding ADD CONSTRAINT finding_told CHECK (told_at >= raised_at);
