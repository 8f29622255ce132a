-- Cancels the statement of a job's own session, and of no other session: any session can use a job's application name, but not
-- with this role.
-- $1: the process; $2: the application name of the job.
SELECT pg_cancel_backend(activity.pid) AS is_cancelled
FROM pg_stat_activity AS activity
WHERE activity.pid = $1::int
    AND activity.application_name = $2::text
    AND activity.usename = current_user
    AND activity.datname = current_database()
    AND activity.state = 'active'
