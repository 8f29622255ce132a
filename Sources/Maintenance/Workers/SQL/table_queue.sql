-- The sessions that wait for a lock on a table before a job starts, and those that hold one that the job would have to wait
-- for; from `locking_sessions.sql`.
-- $2: the schema; $3: the table.
SELECT DISTINCT process_id, role, application, state, age_seconds, awaited_lock, statement
FROM locking_session
WHERE (awaited_lock IS NOT NULL OR is_in_the_way) AND table_schema = $2::text AND table_name = $3::text
ORDER BY process_id
