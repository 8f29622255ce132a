-- Fails with a division by zero unless both are indexes without expression and predicate, on tables that no expression
-- partitions: the server computes the constants in those when it compares the indexes, with the privileges of the role that
-- attaches one to the other.
-- $1, $2: schema and name of one index; $3, $4: of the other.
SELECT 1 / (count(*) = 2)::int AS passed
FROM pg_index AS index
JOIN pg_class AS class ON class.oid = index.indexrelid
JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
WHERE (namespace.nspname, class.relname) IN (($1::text, $2::text), ($3::text, $4::text))
    AND index.indexprs IS NULL
    AND index.indpred IS NULL
    AND NOT EXISTS (
        SELECT
        FROM pg_partitioned_table AS partitioned
        WHERE partitioned.partexprs IS NOT NULL
            AND (
                partitioned.partrelid = index.indrelid
                OR partitioned.partrelid IN (SELECT relid FROM pg_partition_ancestors(index.indrelid) AS ancestor (relid))
            )
    )
