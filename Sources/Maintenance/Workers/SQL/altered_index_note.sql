-- Records that the lists of an index are about to be set for a REINDEX, in the transaction that sets them. If an earlier
-- alteration is not undone yet, the lists before that are those that the index was built with.
-- $1, $2: the index and its file; $3: the job; $4: the lists.
INSERT INTO vecsteward.altered_index AS known (oid, relfilenode, job_id, former_lists, lists)
SELECT
    class.oid,
    class.relfilenode,
    $3::bigint,
    (SELECT option_value FROM pg_catalog.pg_options_to_table(class.reloptions) WHERE option_name = 'lists'),
    $4::integer
FROM pg_catalog.pg_class AS class
WHERE class.oid = $1::int8::oid AND class.relfilenode = $2::int8::oid
ON CONFLICT (oid) DO UPDATE SET
    relfilenode = excluded.relfilenode,
    job_id = excluded.job_id,
    former_lists = CASE
        WHEN known.relfilenode = excluded.relfilenode THEN known.former_lists ELSE excluded.former_lists
    END,
    lists = excluded.lists,
    altered_at = statement_timestamp()
