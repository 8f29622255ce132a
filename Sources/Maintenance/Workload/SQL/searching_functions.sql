-- Functions whose body has one of these words, an operator or function of distance or the name of a function that searches:
-- statements that call them search.
-- The shortest come first, so that many long ones neither crowd them out nor take much memory.
-- $1: the words, in any letters; $2: the functions that are known already.
SELECT oid, schema, name, language, body, argument_names, argument_count, default_count, settings
FROM (
    SELECT
        procedure.oid::int8 AS oid,
        namespace.nspname AS schema,
        procedure.proname AS name,
        language.lanname AS language,
        -- Empty for a body that the server keeps as it was parsed; standard_bodies.sql has those.
        procedure.prosrc AS body,
        -- The arguments that go in; without modes all of them do.
        CASE
            WHEN procedure.proargmodes IS NULL THEN procedure.proargnames
            ELSE ARRAY(
                SELECT argument.name
                FROM unnest(procedure.proargnames, procedure.proargmodes) AS argument (name, mode)
                WHERE argument.mode IN ('i', 'b', 'v')
            )
        END AS argument_names,
        procedure.pronargs::int AS argument_count,
        procedure.pronargdefaults::int AS default_count,
        procedure.proconfig AS settings,
        sum(octet_length(procedure.prosrc)) OVER (ORDER BY octet_length(procedure.prosrc), procedure.oid) AS total
    FROM pg_proc AS procedure
    JOIN pg_namespace AS namespace ON namespace.oid = procedure.pronamespace
    JOIN pg_language AS language ON language.oid = procedure.prolang AND language.lanname IN ('sql', 'plpgsql')
    -- OFFSET keeps this from being done once for each word.
    CROSS JOIN LATERAL (SELECT lower(procedure.prosrc COLLATE "C") OFFSET 0) AS folded (body)
    WHERE procedure.oid >= 16384
        AND procedure.prokind IN ('f', 'p')
        AND procedure.oid <> ALL ($2::int8[]::oid[])
        AND octet_length(procedure.prosrc) <= 1000000
        AND (
            procedure.prosrc = ''
            OR EXISTS (SELECT FROM unnest($1::text[]) AS word WHERE strpos(folded.body, lower(word COLLATE "C")) > 0)
        )
        AND NOT EXISTS (
            SELECT
            FROM pg_depend AS depend
            WHERE depend.classid = 'pg_proc'::regclass AND depend.objid = procedure.oid AND depend.deptype = 'e'
        )
) AS searching
WHERE total <= 8000000
ORDER BY octet_length(body), oid
LIMIT 1000
