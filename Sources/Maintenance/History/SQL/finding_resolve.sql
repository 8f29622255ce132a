-- Arrays of one element per finding: rule, schema, table, column, partition, index.
UPDATE vecsteward.finding AS finding
SET resolved_at = greatest(statement_timestamp(), finding.raised_at)
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
    AS gone (rule, table_schema, table_name, column_name, part_name, index_name)
WHERE finding.resolved_at IS NULL
    AND finding.rule = gone.rule
    AND finding.table_schema::text IS NOT DISTINCT FROM gone.table_schema
    AND finding.table_name::text IS NOT DISTINCT FROM gone.table_name
    AND finding.column_name::text IS NOT DISTINCT FROM gone.column_name
    AND finding.part_name::text IS NOT DISTINCT FROM gone.part_name
    AND finding.index_name::text IS NOT DISTINCT FROM gone.index_name
