-- $1: the time of the look in seconds; $2: how many days samples are good for.
DELETE FROM vecsteward.index_use
WHERE sampled_on < (to_timestamp($1::float8) AT TIME ZONE 'UTC')::date - $2::int
