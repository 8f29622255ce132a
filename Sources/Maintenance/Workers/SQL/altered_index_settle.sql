-- Removes an alteration from the list; one that was undone, only if that applied to the very index that was altered.
-- $1, $2: the index and its file; $3, $4: the schema and name by which it was altered back, NULL if there was nothing to undo.
DELETE FROM vecsteward.altered_index AS altered
WHERE altered.oid = $1::int8::oid
    AND altered.relfilenode = $2::int8::oid
    AND (
        $4::text IS NULL
        OR EXISTS (
            SELECT
            FROM pg_class AS class
            JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
            WHERE class.oid = altered.oid
                AND class.relfilenode = altered.relfilenode
                AND namespace.nspname = $3::text
                AND class.relname = $4::text
        )
    )
