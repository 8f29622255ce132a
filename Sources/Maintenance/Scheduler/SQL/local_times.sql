-- The local time in each time zone, by the server's clock.
-- $1: the time zones.
SELECT
    zone,
    extract(ISODOW FROM statement_timestamp() AT TIME ZONE zone)::integer AS weekday,
    floor(extract(EPOCH FROM (statement_timestamp() AT TIME ZONE zone)::time))::integer AS second_of_day
FROM unnest($1::text[]) AS zone
