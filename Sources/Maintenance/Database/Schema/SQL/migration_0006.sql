-- The counters and indexes of a job's table, when the job was queued and again when it ended: they show whether the
-- table has changed since.
ALTER TABLE vecsteward.job
    ADD COLUMN table_oid oid,
    ADD COLUMN table_relfilenode oid,
    ADD COLUMN seen_rows bigint CONSTRAINT job_seen_rows CHECK (seen_rows >= 0),
    ADD COLUMN seen_writes bigint CONSTRAINT job_seen_writes CHECK (seen_writes >= 0),
    ADD COLUMN seen_indexes oid[] CONSTRAINT job_seen_indexes CHECK (array_position(seen_indexes, NULL) IS NULL),
    -- How many jobs for the same work ended before this one, one after the other, without resolving their finding.
    ADD COLUMN repeats integer NOT NULL DEFAULT 0 CONSTRAINT job_repeats CHECK (repeats >= 0),
    -- When it was first seen that the job's finding is gone.
    ADD COLUMN helped_at timestamptz,
    -- The reason, if no person cancelled it.
    ADD COLUMN end_reason text,
    ADD CONSTRAINT job_seen CHECK (
        num_nonnulls(table_oid, table_relfilenode, seen_rows, seen_writes, seen_indexes) IN (0, 5)
    ),
    ADD CONSTRAINT job_helped CHECK (helped_at IS NULL OR state IN ('done', 'cancelled')),
    ADD CONSTRAINT job_end_reason CHECK (end_reason IS NULL OR state = 'cancelled');

-- The ended jobs that each poll reads.
CREATE INDEX job_unhelpful ON vecsteward.job (finished_at)
    WHERE helped_at IS NULL AND state IN ('done', 'cancelled');
