-- The settings that the server's configuration has, as far as this session's own do not hide them.
-- $1: the settings.
SELECT name, setting
FROM pg_settings
WHERE name = ANY ($1::text[]) AND source IN ('configuration file', 'command line', 'environment variable')
