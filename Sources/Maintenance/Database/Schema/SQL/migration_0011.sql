-- Rows with a vector that the table held when the index held its rows, which may leave some out.
ALTER TABLE vecsteward.build
    ADD COLUMN table_rows bigint CONSTRAINT build_table_rows CHECK (table_rows >= rows);

-- What tells whether the server or the database is still the one of which the record is: nothing is known of older records.
ALTER TABLE vecsteward.build
    ADD COLUMN server_started_at timestamptz,
    ADD COLUMN state_oid oid;
ALTER TABLE vecsteward.build
    ALTER COLUMN server_started_at SET DEFAULT pg_catalog.pg_postmaster_start_time(),
    ALTER COLUMN state_oid SET DEFAULT ('vecsteward.build'::pg_catalog.regclass)::pg_catalog.oid;
