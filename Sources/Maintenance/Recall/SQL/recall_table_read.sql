-- Whether this transaction has read the tables that were meant, and none that has taken the name of one.
-- $1: the tables; $2: schema and $3: name of each, under which they were read.
SELECT NOT EXISTS (
    SELECT
    FROM unnest($1::int8[], $2::text[], $3::text[]) AS meant (oid, schema, name)
    WHERE to_regclass(format('%I.%I', meant.schema, meant.name)) IS DISTINCT FROM meant.oid::oid
        OR meant.oid::oid NOT IN (
            SELECT relation FROM pg_locks
            WHERE pid = pg_backend_pid()
                AND locktype = 'relation'
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND granted
        )
) AS is_read
