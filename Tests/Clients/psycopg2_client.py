"""psycopg2 by hand: it puts every value into the text itself, so that the server sees literals."""

import embeddings
import items
from declaration import LIMIT, TENANT, Client, Filter, Index, Place, Search

TABLE = "public.passages"
SEARCHES = (
    Search("default", TABLE, "embedding", "<->", "FROM passages ORDER BY embedding <->",
           index=Index("ivfflat", "embedding", "vector_l2_ops", "lists = 20")),
    Search("filtered", TABLE, "embedding", "<->", "WHERE tenant =", filters=(Filter("tenant", "=", ("tenant",)),),
           index=Index("ivfflat", "embedding", "vector_l2_ops", "lists = 20"), findings=("filtered",)),
    Search("cursor", TABLE, "embedding", "<#>", "DECLARE", stands_as="cursor",
           index=Index("hnsw", "embedding", "vector_ip_ops")),
)
STATEMENTS = {
    "default": "SELECT id, content FROM passages ORDER BY embedding <-> %(q)s LIMIT %(n)s",
    "filtered": "SELECT id, content FROM passages WHERE tenant = %(tenant)s ORDER BY embedding <-> %(q)s LIMIT %(n)s",
    "cursor": "SELECT id, content FROM passages ORDER BY embedding <#> %(q)s LIMIT %(n)s",
}


def prepare(place: Place) -> None:
    items.create(place, "passages")


def search(place: Place, search: Search, times: int) -> list[int]:
    import psycopg2

    session = psycopg2.connect(**place.database.values)
    found = []
    for number in range(times):
        values = {"q": embeddings.literal(embeddings.query(number, place.dimensions)), "n": LIMIT, "tenant": TENANT}
        with session, session.cursor(name="nearest" if search.name == "cursor" else None) as cursor:
            cursor.execute(STATEMENTS[search.name], values)
            found.append(len(cursor.fetchall()))
        place.hold()
    session.close()
    return found


def drop(place: Place) -> None:
    place.database.execute("DROP TABLE IF EXISTS passages")


CLIENT = Client(
    "psycopg2", "psycopg2 by hand", ("psycopg2-binary",), "Statements with every value as a literal.",
    SEARCHES, prepare, search, drop,
)
