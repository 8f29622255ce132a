-- A view in place of the table would run code as the reader; policies are off for all reads.
SELECT EXISTS (
    SELECT
    FROM pg_class AS class
    JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE namespace.nspname = 'vecsteward'
        AND class.relname = 'index_use'
        AND class.relkind = 'r'
        AND has_table_privilege(class.oid, 'SELECT')
) AS is_readable
