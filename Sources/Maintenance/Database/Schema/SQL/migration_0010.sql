-- The counters of vector indexes and their tables, sampled once a day: whether an index is used follows from what was
-- counted since the oldest sample of the last days. A rebuilt index is another one.
CREATE TABLE vecsteward.index_use (
    index_oid bigint NOT NULL CONSTRAINT index_use_oid CHECK (index_oid BETWEEN 1 AND 4294967295),
    relfilenode bigint NOT NULL CONSTRAINT index_use_relfilenode CHECK (relfilenode BETWEEN 0 AND 4294967295),
    sampled_on date NOT NULL,
    sampled_at timestamptz NOT NULL,
    scans bigint NOT NULL CONSTRAINT index_use_scans CHECK (scans >= 0),
    sequential_scans bigint NOT NULL CONSTRAINT index_use_sequential_scans CHECK (sequential_scans >= 0),
    sequential_rows_read bigint NOT NULL CONSTRAINT index_use_sequential_rows_read CHECK (sequential_rows_read >= 0),
    CONSTRAINT index_use_pkey PRIMARY KEY (index_oid, relfilenode, sampled_on),
    CONSTRAINT index_use_day CHECK (sampled_on = (sampled_at AT TIME ZONE 'UTC')::date)
);
