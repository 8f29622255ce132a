-- The indexes that a plan scans.
-- $1: the plan in JSON.
SELECT name #>> '{}' AS index
FROM jsonb_path_query($1::jsonb, 'strict $.**."Index Name"') AS name
