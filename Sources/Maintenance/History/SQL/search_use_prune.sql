-- $1: the time of the poll in seconds; $2: the days for which hours count.
DELETE FROM vecsteward.search_use
WHERE hour < to_timestamp($1::float8) - $2::int * INTERVAL '1 day'
