-- Wakes the program that leads here, and those that wait for jobs.
NOTIFY vecsteward_job
