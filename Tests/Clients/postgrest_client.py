"""Supabase's `match_documents`, called with the statements that PostgREST sends for `rpc('match_documents', ...)`.

PostgREST is no Python package: what it sends is written here as it builds it, in the transaction that it makes around it, under
the role of the request. The functions have the forms that Supabase documents: one in SQL with a threshold, one in PL/pgSQL with a
filter.
"""

import json

import embeddings
import items
from declaration import LIMIT, TENANT, Client, Filter, Index, Place, Search, Setting

TABLE = "public.documents"
ROLE = "clients_anon"
COSINE = Index("hnsw", "embedding", "vector_cosine_ops")
CONTAINS = Filter("metadata", "@>", ("metadata",))
WITHIN = Filter("embedding <=> ?", "<", ("embedding",))
EF_SEARCH = (Setting("hnsw.ef_search", "100", "function"),)

SQL_FUNCTION = """
CREATE FUNCTION {name} (query_embedding vector({dimensions}), match_threshold float, match_count int)
RETURNS SETOF documents LANGUAGE sql {options} AS $$
  select *
  from documents
  where documents.embedding <=> query_embedding < 1 - match_threshold
  order by documents.embedding <=> query_embedding asc
  limit least(match_count, 200);
$$
"""
PLPGSQL_FUNCTION = """
CREATE FUNCTION {name} (query_embedding vector({dimensions}), match_count int DEFAULT null, filter jsonb DEFAULT '{{}}')
RETURNS TABLE (id bigint, content text, metadata jsonb, similarity float) LANGUAGE plpgsql {options} AS $$
#variable_conflict use_column
begin
  return query
  select
    id,
    content,
    metadata,
    1 - (documents.embedding <=> query_embedding) as similarity
  from documents
  where metadata @> filter
  order by documents.embedding <=> query_embedding
  limit match_count;
end;
$$
"""
# Each function with its arguments and their types as PostgREST writes them, the table that its rows are called, and its SET clause.
SQL_ARGUMENTS = {"match_count": "integer", "match_threshold": "double precision", "query_embedding": "vector"}
PLPGSQL_ARGUMENTS = {"filter": "jsonb", "match_count": "integer", "query_embedding": "vector"}
FUNCTIONS = {
    "match_documents_sql": (SQL_FUNCTION, "", SQL_ARGUMENTS, "documents"),
    "match_documents_sql_set": (SQL_FUNCTION, "STABLE SET hnsw.ef_search = '100'", SQL_ARGUMENTS, "documents"),
    "match_documents_sql_stable": (SQL_FUNCTION, "STABLE", SQL_ARGUMENTS, "documents"),
    "match_documents": (PLPGSQL_FUNCTION, "", PLPGSQL_ARGUMENTS, "match_documents"),
    "match_documents_set": (PLPGSQL_FUNCTION, "SET hnsw.ef_search = '100'", PLPGSQL_ARGUMENTS, "match_documents_set"),
}


def declare(name: str, function: str, **more: object) -> Search:
    return Search(name, TABLE, "embedding", "<=>", f'"{function}"(', index=COSINE, stands_as="function",
                  through=f"public.{function}", **more)


SEARCHES = (
    declare("sql", "match_documents_sql", filters=(WITHIN,)),
    declare("sql-set", "match_documents_sql_set", filters=(WITHIN,), settings=EF_SEARCH),
    declare("sql-stable", "match_documents_sql_stable", filters=(WITHIN,),
            needs="A STABLE function in SQL without a SET clause is inlined: its body is planned as a part of the statement."),
    declare("plpgsql", "match_documents", filters=(CONTAINS,),
            needs="It always has a filter, which all rows pass if it is '{}'. Its LIMIT is a parameter: from the sixth call of a"
            " session on, a generic plan may expect a tenth of the rows, and leave the index. It did so of 2,000 rows, not of"
            " 20,000."),
    declare("filtered", "match_documents", filters=(CONTAINS,), findings=("filtered",)),
    declare("plpgsql-set", "match_documents_set", filters=(CONTAINS,), settings=EF_SEARCH),
)


def prepare(place: Place) -> None:
    items.create(place, "documents")
    # A setting of pgvector can be set for a function only once the library is loaded.
    statements = ["LOAD 'vector'"]
    statements += [
        template.format(name=name, dimensions=place.dimensions, options=options)
        for name, (template, options, _, _) in FUNCTIONS.items()
    ]
    statements += [
        f"DO $$ BEGIN CREATE ROLE {ROLE}; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$",
        f"GRANT SELECT ON documents TO {ROLE}",
    ]
    place.database.execute(*statements)


def call(function: str) -> str:
    """PostgREST's statement: $1 is the JSON object of the request, $2 and $3 the range."""
    _, _, arguments, rows = FUNCTIONS[function]
    names = ", ".join(f'"{name}"' for name in arguments)
    types = ", ".join(f'"{name}" {kind}' for name, kind in arguments.items())
    values = ", ".join(f'"{name}" := pgrst_body."{name}"' for name in arguments)
    return (
        'WITH pgrst_source AS (SELECT "pgrst_call".* FROM (SELECT %s::json AS json_data) pgrst_payload, '
        f"LATERAL (SELECT {names} FROM json_to_record(pgrst_payload.json_data) AS _({types}) LIMIT 1) pgrst_body , "
        f'LATERAL "public"."{function}"({values}) pgrst_call) '
        "SELECT null::bigint AS total_result_set, pg_catalog.count(_postgrest_t) AS page_total, "
        "coalesce(json_agg(_postgrest_t), '[]') AS body, "
        "nullif(current_setting('response.headers', true), '') AS response_headers, "
        "nullif(current_setting('response.status', true), '') AS response_status, '' AS response_inserted "
        f'FROM (SELECT "{rows}".* FROM "pgrst_source" AS "{rows}"   LIMIT %s OFFSET %s) _postgrest_t'
    )


def search(place: Place, search: Search, times: int) -> list[int]:
    found = []
    function = search.through.removeprefix("public.")
    with place.database.connect() as session:
        for number in range(times):
            body = {"query_embedding": embeddings.query(number, place.dimensions), "match_count": LIMIT}
            if "match_threshold" in FUNCTIONS[function][2]:
                body["match_threshold"] = 0.1
            else:
                body["filter"] = {"tenant": TENANT} if search.name == "filtered" else {}
            with session.transaction():
                session.execute(
                    "select set_config('search_path', %s, true), set_config('role', %s, true),"
                    " set_config('request.jwt.claims', %s, true), set_config('request.method', %s, true),"
                    " set_config('request.path', %s, true)",
                    ('"public"', ROLE, '{"role":"%s"}' % ROLE, "POST", f"/rpc/{function}"), prepare=True,
                )
                row = session.execute(call(function), (json.dumps(body), 1000, 0), prepare=True).fetchone()
                found.append(row[1])
            place.hold()
    return found


def drop(place: Place) -> None:
    import psycopg

    place.database.execute("DROP TABLE IF EXISTS documents CASCADE", *(f"DROP FUNCTION IF EXISTS {name}" for name in FUNCTIONS))
    with place.database.connect() as session:
        try:
            session.execute(f"DROP ROLE IF EXISTS {ROLE}")
        except psycopg.errors.DependentObjectsStillExist:
            pass  # Another database has it too.


CLIENT = Client(
    "postgrest", "Supabase's match_documents through PostgREST", ("psycopg",),
    "A call of a function, inside PostgREST's own statement; the search is in the function's body.",
    SEARCHES, prepare, search, drop,
)
