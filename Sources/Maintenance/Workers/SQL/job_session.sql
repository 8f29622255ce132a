-- Prepares a session for a statement that may run for hours and outlives its client. Settings that this server does not have
-- are skipped. TCP detects dead clients, only between statements: a started statement finishes.
-- $1: the application name of the job.
SELECT pg_catalog.set_config(wanted.name, wanted.value, FALSE)
FROM (
    VALUES
        ('application_name', $1::text),
        ('statement_timeout', '0'),
        ('lock_timeout', '0'),
        ('transaction_timeout', '0'),
        ('idle_in_transaction_session_timeout', '0'),
        ('idle_session_timeout', '0'),
        ('client_connection_check_interval', '0'),
        ('tcp_keepalives_idle', '60'),
        ('tcp_keepalives_interval', '10'),
        ('tcp_keepalives_count', '6')
) AS wanted (name, value)
WHERE wanted.name IN (SELECT name FROM pg_catalog.pg_settings)
