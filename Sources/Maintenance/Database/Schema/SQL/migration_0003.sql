-- Whether a job is known is asked for each job that a rule wants, and history may be long.
CREATE INDEX job_subject ON vecsteward.job (table_schema, table_name, kind, subject, id);

-- What each look reads of the queue.
CREATE INDEX job_open ON vecsteward.job (id) WHERE finished_at IS NULL OR state = 'failed';

-- What is to be forgotten is found without reading what is to be kept.
CREATE INDEX job_forgettable ON vecsteward.job (finished_at) WHERE state IN ('done', 'cancelled');
CREATE INDEX build_age ON vecsteward.build (built_at);
