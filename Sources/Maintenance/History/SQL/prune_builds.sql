-- The latest build of an index is its baseline as long as the index exists, even under another name.
-- $1: the days to keep; $2: the most rows.
DELETE FROM vecsteward.build
WHERE id = ANY (
    ARRAY(
        SELECT b.id
        FROM vecsteward.build AS b
        LEFT JOIN pg_class AS built ON built.oid = b.oid AND built.relfilenode = b.relfilenode AND built.relkind = 'i'
        WHERE b.built_at < statement_timestamp() - make_interval(days => $1)
            AND (
                EXISTS (
                    SELECT
                    FROM vecsteward.build AS later
                    WHERE later.table_schema = b.table_schema
                        AND later.table_name = b.table_name
                        AND later.index_name = b.index_name
                        AND (later.built_at, later.id) > (b.built_at, b.id)
                        AND (built.oid IS NULL OR (later.oid, later.relfilenode) = (b.oid, b.relfilenode))
                )
                OR built.oid IS NULL
                AND NOT EXISTS (
                    SELECT
                    FROM pg_class AS i
                    JOIN pg_namespace AS n ON n.oid = i.relnamespace
                    WHERE n.nspname = b.table_schema::text AND i.relname = b.index_name::text
                )
            )
        LIMIT $2
    )
)
