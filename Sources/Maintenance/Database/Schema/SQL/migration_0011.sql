-- The rows with a vector in the table when the index held its rows, which may be fewer.
ALTER TABLE vecsteward.build
    ADD COLUMN table_rows bigint CONSTRAINT build_table_rows CHECK (table_rows >= rows);

-- Shows whether the server or the database is still the one of the record; unknown for older records.
ALTER TABLE vecsteward.build
    ADD COLUMN server_started_at timestamptz,
    ADD COLUMN state_oid oid;
ALTER TABLE vecsteward.build
    ALTER COLUMN server_started_at SET DEFAULT pg_catalog.pg_postmaster_start_time(),
    ALTER COLUMN state_oid SET DEFAULT ('vecsteward.build'::pg_catalog.regclass)::pg_catalog.oid;
