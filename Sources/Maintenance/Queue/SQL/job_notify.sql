-- Wakes the leader in this database, and the programs that wait for jobs.
NOTIFY vecsteward_job
