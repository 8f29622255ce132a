"""psycopg 3 by hand: statements as people write them, prepared, in cursors, through a view, and those that no index can serve."""

import embeddings
import items
from declaration import LIMIT, TENANT, Client, Filter, Index, Place, Search

TABLE = "public.items"
COSINE = Index("hnsw", "embedding", "vector_cosine_ops")
BY_TENANT = Filter("tenant", "=", ("tenant",))
IN_METADATA = Filter("metadata ->> ?", "=", ("metadata",), sent="metadata ->> 'tenant'")

# What each search executes; %(q)s is the embedding, %(n)s the number of rows.
STATEMENTS = {
    "prepared": "SELECT id, content FROM items ORDER BY embedding <=> %(q)s::vector LIMIT %(n)s",
    "literal": "SELECT id, content FROM items ORDER BY embedding <=> %(q)s LIMIT %(n)s",
    "prepare": "EXECUTE nearest (%(q)s, %(n)s)",
    "cursor": "SELECT id, content FROM items ORDER BY embedding <=> %(q)s",
    "cursor-limit": "SELECT id, content FROM items ORDER BY embedding <=> %(q)s LIMIT %(n)s",
    "filtered": "SELECT id, content FROM items WHERE tenant = %(tenant)s ORDER BY embedding <=> %(q)s::vector LIMIT %(n)s",
    "json": "SELECT id FROM items WHERE metadata ->> 'tenant' = %(tenant)s ORDER BY embedding <=> %(q)s::vector LIMIT %(n)s",
    "view": "SELECT id, content FROM searchable ORDER BY embedding <=> %(q)s::vector LIMIT %(n)s",
    "subquery": "SELECT * FROM (SELECT id, content, embedding <-> %(q)s::vector AS distance FROM items) AS near"
    " ORDER BY distance LIMIT %(n)s",
    "halfvec": "SELECT id FROM items ORDER BY embedding::halfvec({d}) <=> %(q)s::halfvec({d}) LIMIT %(n)s",
    "rerank": "SELECT id FROM (SELECT id, embedding FROM items ORDER BY binary_quantize(embedding)::bit({d}) <~>"
    " binary_quantize(%(q)s::vector) LIMIT 40) AS candidates ORDER BY embedding <=> %(q)s::vector LIMIT %(n)s",
    "tie": "SELECT id FROM items ORDER BY embedding <=> %(q)s::vector, id LIMIT %(n)s",
    "no-limit": "SELECT id FROM items ORDER BY embedding <=> %(q)s::vector",
    "similarity": "SELECT id, 1 - (embedding <=> %(q)s::vector) AS similarity FROM items ORDER BY similarity DESC LIMIT %(n)s",
    "farthest": "SELECT id FROM items ORDER BY embedding <=> %(q)s::vector DESC LIMIT %(n)s",
    "other-key": "SELECT id FROM items ORDER BY tenant, embedding <=> %(q)s::vector LIMIT %(n)s",
    "threshold": "SELECT id FROM items WHERE embedding <=> %(q)s::vector < 0.1",
    "function": "SELECT id FROM items ORDER BY cosine_distance(embedding, %(q)s::vector) LIMIT %(n)s",
}


def declare(name: str, marker: str, **more: object) -> Search:
    return Search(name, TABLE, "embedding", **{"operator": "<=>", "marker": marker, "index": COSINE, **more})


SEARCHES = (
    declare("prepared", "FROM items ORDER BY embedding <=>"),
    declare("literal", "FROM items ORDER BY embedding <=>"),
    declare("prepare", "PREPARE nearest", stands_as="prepare",
            needs="pg_stat_activity shows EXECUTE only, without table and operator."),
    declare("cursor", "DECLARE", stands_as="cursor", limit=None,
            needs="A LIMIT. The planner takes the index, since cursor_tuple_fraction expects a tenth of the rows to be fetched,"
            " and the cursor ends after hnsw.ef_search rows, however many there are. FETCH is counted elsewhere."),
    declare("cursor-limit", "DECLARE", stands_as="cursor"),
    declare("filtered", "WHERE tenant =", filters=(BY_TENANT,), findings=("filtered",)),
    declare("json", "WHERE metadata ->>", filters=(IN_METADATA,), findings=("filtered",)),
    declare("view", "FROM searchable", stands_as="view", through="public.searchable",
            filters=(Filter("content", "IS NOT NULL", ("content",)),)),
    declare("subquery", "AS near", operator="<->", index=Index("hnsw", "embedding", "vector_l2_ops"),
            needs="The distance stands in the select list of a subquery, and ORDER BY has only its name."),
    declare("halfvec", "::halfvec", cast="halfvec({dimensions})",
            index=Index("hnsw", "(embedding::halfvec({dimensions}))", "halfvec_cosine_ops")),
    declare("rerank", "AS candidates", operator="<~>", cast="bit({dimensions})", expression="binary_quantize(embedding)",
            limit=40, index=Index("hnsw", "(binary_quantize(embedding)::bit({dimensions}))", "bit_hamming_ops"),
            needs="The inner SELECT takes the index; the outer one sorts its 40 rows by the cosine distance, without one."),
    declare("tie", "embedding <=> $1::vector, id", index=Index("hnsw", "embedding", "vector_cosine_ops", since=17),
            needs="From PostgreSQL 17 on an incremental sort over the index serves it; before, nothing does."),
    declare("no-limit", "ORDER BY embedding", limit=None, index=None, attempt=COSINE, findings=("search-settings",),
            needs="A LIMIT: an approximate index cannot give all rows. Where the planner is made to take one, 40 rows come back."),
    declare("similarity", "AS similarity", index=None, attempt=COSINE, expression="? - (embedding <=> ?)", direction="desc",
            needs="ORDER BY the distance itself: no index can serve a distance inside an expression."),
    declare("farthest", "DESC", direction="desc", index=None, attempt=COSINE, needs="pgvector has no index for the farthest rows."),
    declare("other-key", "ORDER BY tenant", key=2, index=None, attempt=COSINE, needs="The distance as the first key of ORDER BY."),
    declare("threshold", "embedding <=> $1::vector <", direction=None, limit=None,
            filters=(Filter("embedding <=> ?", "<", ("embedding",)),), index=None, attempt=COSINE,
            needs="ORDER BY the distance, and a LIMIT: a condition on the distance alone takes no index."),
    declare("function", "cosine_distance(", index=None, attempt=COSINE, expression="cosine_distance(embedding, ?)",
            needs="The operator <=> instead of its function: indexes know the operator only."),
)


def prepare(place: Place) -> None:
    items.create(place, "items")
    place.database.execute("CREATE VIEW searchable AS SELECT id, content, embedding FROM items WHERE content IS NOT NULL")


def search(place: Place, search: Search, times: int) -> list[int]:
    import psycopg

    text = STATEMENTS[search.name].replace("{d}", str(place.dimensions))
    found = []
    with place.database.connect() as session:
        if search.name == "prepare":
            session.execute(
                "PREPARE nearest (vector, bigint) AS SELECT id, content FROM items ORDER BY embedding <=> $1 LIMIT $2"
            )
        for number in range(times):
            values = {"q": embeddings.literal(embeddings.query(number, place.dimensions)), "n": LIMIT, "tenant": TENANT}
            if search.stands_as == "cursor":
                with session.transaction(), session.cursor(name="nearest") as cursor:
                    found.append(len(cursor.execute(text, values).fetchmany(LIMIT)))
            elif search.name in ("literal", "prepare"):
                found.append(len(psycopg.ClientCursor(session).execute(text, values).fetchall()))
            else:
                found.append(len(session.execute(text, values, prepare=True).fetchall()))
            place.hold()
    return found


def drop(place: Place) -> None:
    place.database.execute("DROP VIEW IF EXISTS searchable", "DROP TABLE IF EXISTS items")


CLIENT = Client(
    "psycopg", "psycopg 3 by hand", ("psycopg",), "Statements, most of them prepared on the server.",
    SEARCHES, prepare, search, drop,
)
