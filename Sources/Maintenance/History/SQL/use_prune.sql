-- $1: the time of the poll in seconds; $2: the days for which samples count.
DELETE FROM vecsteward.index_use
WHERE sampled_on < (to_timestamp($1::float8) AT TIME ZONE 'UTC')::date - $2::int
