"""asyncpg by hand: every statement is prepared on the server, with the vectors in pgvector's binary format."""

import asyncio

import embeddings
import items
from declaration import LIMIT, TENANT, Client, Filter, Index, Place, Search

TABLE = "public.notes"
SEARCHES = (
    Search("default", TABLE, "embedding", "<=>", "FROM notes ORDER BY", index=Index("hnsw", "embedding", "vector_cosine_ops")),
    Search("filtered", TABLE, "embedding", "<=>", "WHERE metadata @>", filters=(Filter("metadata", "@>", ("metadata",)),),
           index=Index("hnsw", "embedding", "vector_cosine_ops"), findings=("filtered",)),
    Search("l1", TABLE, "embedding", "<+>", "embedding <+>", index=Index("hnsw", "embedding", "vector_l1_ops")),
)


def prepare(place: Place) -> None:
    items.create(place, "notes")


def search(place: Place, search: Search, times: int) -> list[int]:
    return asyncio.run(search_in_loop(place, search, times))


async def search_in_loop(place: Place, search: Search, times: int) -> list[int]:
    import asyncpg
    from pgvector.asyncpg import register_vector

    session = await asyncpg.connect(place.database.uri())
    await register_vector(session)
    where = "WHERE metadata @> $3 " if search.filters else ""
    more = [f'{{"tenant": "{TENANT}"}}'] if search.filters else []
    found = []
    for number in range(times):
        vector = embeddings.query(number, place.dimensions)
        rows = await session.fetch(
            f"SELECT id, content FROM notes {where}ORDER BY embedding {search.operator} $1 LIMIT $2", vector, LIMIT, *more
        )
        found.append(len(rows))
        place.hold()
    await session.close()
    return found


def drop(place: Place) -> None:
    place.database.execute("DROP TABLE IF EXISTS notes")


CLIENT = Client(
    "asyncpg", "asyncpg by hand", ("asyncpg", "pgvector"), "Statements prepared on the server, with binary vectors.",
    SEARCHES, prepare, search, drop,
)
