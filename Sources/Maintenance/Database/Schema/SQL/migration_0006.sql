-- What a job saw of its table when it was queued, its counters and indexes again as it ended: by that a table on which
-- nothing has changed since is told from one that is another by now.
ALTER TABLE vecsteward.job
    ADD COLUMN table_oid oid,
    ADD COLUMN table_relfilenode oid,
    ADD COLUMN seen_rows bigint CONSTRAINT job_seen_rows CHECK (seen_rows >= 0),
    ADD COLUMN seen_writes bigint CONSTRAINT job_seen_writes CHECK (seen_writes >= 0),
    ADD COLUMN seen_indexes oid[] CONSTRAINT job_seen_indexes CHECK (array_position(seen_indexes, NULL) IS NULL),
    -- How many jobs for the same work had ended before this one, one after the other, and left their finding unchanged.
    ADD COLUMN repeats integer NOT NULL DEFAULT 0 CONSTRAINT job_repeats CHECK (repeats >= 0),
    -- When it was first seen that what the job was queued for is gone.
    ADD COLUMN helped_at timestamptz,
    -- Why it was cancelled where no person did.
    ADD COLUMN end_reason text,
    ADD CONSTRAINT job_seen CHECK (
        num_nonnulls(table_oid, table_relfilenode, seen_rows, seen_writes, seen_indexes) IN (0, 5)
    ),
    ADD CONSTRAINT job_helped CHECK (helped_at IS NULL OR state IN ('done', 'cancelled')),
    ADD CONSTRAINT job_end_reason CHECK (end_reason IS NULL OR state = 'cancelled');

-- What each poll reads of the jobs that have ended.
CREATE INDEX job_unhelpful ON vecsteward.job (finished_at)
    WHERE helped_at IS NULL AND state IN ('done', 'cancelled');
