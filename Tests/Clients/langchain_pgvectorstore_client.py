"""langchain-postgres' class PGVectorStore: a table for each store, with columns for the metadata that the application names."""

import embeddings
from declaration import LIMIT, TENANT, Client, Filter, Index, Place, Search, Setting
from langchain_pgvector_client import invented

TABLE = "public.handbook"
COSINE = Index("hnsw", "embedding", "vector_cosine_ops")
SEARCHES = (
    Search("default", TABLE, "embedding", "<=>", 'ORDER BY "embedding" <=>', index=COSINE,
           needs="The distance is in the select list too, as a function."),
    Search("filtered", TABLE, "embedding", "<=>", 'ORDER BY "embedding" <=>', filters=(Filter("tenant", "=", ("tenant",)),),
           index=COSINE, findings=("filtered",)),
    Search("json", TABLE, "embedding", "<=>", 'ORDER BY "embedding" <=>', index=COSINE,
           filters=(Filter("langchain_metadata ->> ?", "=", ("langchain_metadata",), sent="langchain_metadata ->> 'shelf'"),),
           findings=("filtered",)),
    Search("options", TABLE, "embedding", "<=>", 'ORDER BY "embedding" <=>', index=COSINE,
           settings=(Setting("hnsw.ef_search", "64", "transaction"),),
           needs="SET LOCAL comes from HNSWQueryOptions, which cannot set an iterative scan. asyncpg prepares it too, and"
           " pg_stat_statements counts a prepared SET once, however often it is executed."),
    Search("l2", TABLE, "embedding", "<->", 'ORDER BY "embedding" <->', index=Index("hnsw", "embedding", "vector_l2_ops")),
)


def engine(place: Place):
    from langchain_postgres import PGEngine

    return PGEngine.from_connection_string(place.database.uri("postgresql+asyncpg"))


def store(connection, place: Place, search: Search):
    from langchain_postgres import PGVectorStore
    from langchain_postgres.v2.indexes import DistanceStrategy, HNSWQueryOptions

    return PGVectorStore.create_sync(
        connection, invented(place.dimensions), "handbook", metadata_columns=["tenant"],
        distance_strategy=DistanceStrategy.EUCLIDEAN if search.operator == "<->" else DistanceStrategy.COSINE_DISTANCE,
        index_query_options=HNSWQueryOptions(ef_search=64) if search.name == "options" else None,
    )


def close(connection) -> None:
    import asyncio

    asyncio.run(connection.close())


def prepare(place: Place) -> None:
    from langchain_postgres import Column

    place.database.execute("CREATE EXTENSION IF NOT EXISTS vector")
    connection = engine(place)
    connection.init_vectorstore_table("handbook", place.dimensions, metadata_columns=[Column("tenant", "TEXT")])
    rows = embeddings.rows(place.rows, place.dimensions)
    metadata = [{**row.metadata, "shelf": row.tenant} for row in rows]
    store(connection, place, SEARCHES[0]).add_texts([row.text for row in rows], metadata)
    close(connection)


def search(place: Place, search: Search, times: int) -> list[int]:
    connection = engine(place)
    vectors = store(connection, place, search)
    conditions = {"filtered": {"tenant": {"$eq": TENANT}}, "json": {"shelf": {"$eq": TENANT}}}
    found = []
    for number in range(times):
        found.append(len(vectors.similarity_search(f"search {number}", k=LIMIT, filter=conditions.get(search.name))))
        place.hold()
    close(connection)
    return found


def drop(place: Place) -> None:
    place.database.execute("DROP TABLE IF EXISTS handbook")


CLIENT = Client(
    "langchain_pgvectorstore", "langchain-postgres, class PGVectorStore", ("langchain-postgres", "asyncpg"),
    "A SELECT of one table, prepared by asyncpg, with the distance in ORDER BY.", SEARCHES, prepare, search, drop,
)
