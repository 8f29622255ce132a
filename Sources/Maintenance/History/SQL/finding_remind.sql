-- Open findings that were not reported for so long, and are reported now; also one that was reported by a clock which
-- was ahead.
-- $1: the seconds.
UPDATE vecsteward.finding
SET told_at = greatest(statement_timestamp(), raised_at)
WHERE resolved_at IS NULL
    AND (
        told_at <= statement_timestamp() - $1::float8 * interval '1 second'
        OR told_at > greatest(statement_timestamp(), raised_at) + interval '1 minute'
    )
RETURNING id, rule, table_schema, table_name, column_name, part_name, index_name, severity, summary
