-- A poll checks for each job that a rule wants whether it is known, and history may be long.
CREATE INDEX job_subject ON vecsteward.job (table_schema, table_name, kind, subject, id);

-- The part of the queue that each poll reads.
CREATE INDEX job_open ON vecsteward.job (id) WHERE finished_at IS NULL OR state = 'failed';

-- Pruning finds old rows without reading the others.
CREATE INDEX job_forgettable ON vecsteward.job (finished_at) WHERE state IN ('done', 'cancelled');
CREATE INDEX build_age ON vecsteward.build (built_at);
