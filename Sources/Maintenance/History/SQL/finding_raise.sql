-- Adds findings; a known one gets its new severity and summary.
-- Arrays of one element per finding: rule, schema, table, column, partition, index, severity, summary.
INSERT INTO vecsteward.finding (
    rule, table_schema, table_name, column_name, part_name, index_name, severity, summary
)
SELECT *
FROM unnest(
    $1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[]
)
ON CONFLICT (
    rule, coalesce(table_schema, ''), coalesce(table_name, ''), coalesce(column_name, ''),
    coalesce(part_name, ''), coalesce(index_name, '')
)
WHERE resolved_at IS NULL
DO UPDATE SET
    severity = excluded.severity,
    summary = excluded.summary,
    told_at = greatest(statement_timestamp(), finding.raised_at)
