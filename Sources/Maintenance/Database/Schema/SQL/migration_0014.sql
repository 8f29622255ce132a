-- What searches of each collection ran in each hour, as the leader counted from poll to poll: the counters of the server
-- begin anew with each reset, and forget what is rare. A search is kept as what its statements have in common; it has
-- none of their constants.
CREATE TABLE vecsteward.search_use (
    table_oid bigint NOT NULL CONSTRAINT search_use_table CHECK (table_oid BETWEEN 1 AND 4294967295),
    column_name vecsteward.object_name NOT NULL,
    role_name vecsteward.object_name NOT NULL,
    search text NOT NULL CONSTRAINT search_use_search CHECK (octet_length(search) BETWEEN 2 AND 65536),
    search_digest text NOT NULL CONSTRAINT search_use_digest CHECK (search_digest = md5(search)),
    hour timestamptz NOT NULL CONSTRAINT search_use_hour CHECK (extract(EPOCH FROM hour)::numeric % 3600 = 0),
    calls bigint NOT NULL CONSTRAINT search_use_calls CHECK (calls > 0),
    milliseconds double precision NOT NULL
        CONSTRAINT search_use_milliseconds CHECK (milliseconds >= 0 AND milliseconds < 'Infinity'),
    -- NULL where the rows of the statement are not those of the search.
    rows bigint CONSTRAINT search_use_rows CHECK (rows >= 0),
    blocks_hit bigint NOT NULL CONSTRAINT search_use_blocks_hit CHECK (blocks_hit >= 0),
    blocks_read bigint NOT NULL CONSTRAINT search_use_blocks_read CHECK (blocks_read >= 0),
    CONSTRAINT search_use_pkey PRIMARY KEY (hour, table_oid, column_name, role_name, search_digest)
);
