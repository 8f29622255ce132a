-- What there is of pg_stat_statements in this database, and what keeps it from being read.
SELECT
    extension.schema,
    extension.columns,
    pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all_texts,
    (
        SELECT string_to_array(replace(setting, ' ', ''), ',') @> '{pg_stat_statements}'
        FROM pg_settings
        WHERE name = 'shared_preload_libraries'
    ) AS is_loaded,
    current_setting('pg_stat_statements.track', TRUE) AS track,
    current_setting('pg_stat_statements.track_utility', TRUE) AS track_utility,
    current_setting('compute_query_id', TRUE) AS compute_query_id,
    extract(EPOCH FROM clock_timestamp())::float8 AS now
FROM (SELECT 1) AS always
LEFT JOIN (
    -- The function as the extension made it: another one of that name would run somebody else's code.
    SELECT namespace.nspname AS schema, procedure.proargnames AS columns
    FROM pg_extension AS extension
    JOIN pg_depend AS depend
        ON depend.refclassid = 'pg_extension'::regclass
        AND depend.refobjid = extension.oid
        AND depend.deptype = 'e'
        AND depend.classid = 'pg_proc'::regclass
    JOIN pg_proc AS procedure ON procedure.oid = depend.objid AND procedure.proname = 'pg_stat_statements'
    JOIN pg_language AS language ON language.oid = procedure.prolang AND language.lanname = 'c'
    JOIN pg_namespace AS namespace ON namespace.oid = procedure.pronamespace
    -- Where the role may not use it, the server refuses and says why.
    WHERE extension.extname = 'pg_stat_statements'
    LIMIT 1
) AS extension ON TRUE
