"""LlamaIndex' PGVectorStore: a table `data_...` for each store, with the metadata as JSON."""

import embeddings
from declaration import LIMIT, TENANT, Client, Filter, Index, Place, Search, Setting

TABLE = "public.data_shelf"
COSINE = Index("hnsw", "embedding", "vector_cosine_ops")
TENANT_FILTER = Filter("metadata_ ->> ?", "=", ("metadata_",), sent="metadata_ ->> 'tenant'")
MARKER = "ORDER BY distance asc"
SEARCHES = (
    Search("default", TABLE, "embedding", "<=>", MARKER, index=COSINE),
    Search("filtered", TABLE, "embedding", "<=>", MARKER, filters=(TENANT_FILTER,), index=COSINE, findings=("filtered",)),
    Search("hnsw", TABLE, "embedding", "<=>", MARKER, index=COSINE,
           needs="hnsw.ef_search is set for the session: it holds for whoever gets that session from the pool next.",
           settings=(Setting("hnsw.ef_search", "40", "session"), Setting("enable_bitmapscan", "off", "transaction"))),
    Search("probes", TABLE, "embedding", "<=>", MARKER, index=Index("ivfflat", "embedding", "vector_cosine_ops", "lists = 20"),
           settings=(Setting("ivfflat.probes", "5", "session"), Setting("enable_bitmapscan", "off", "transaction"))),
    Search("halfvec", "public.data_half_shelf", "embedding", "<=>", MARKER, index=Index("hnsw", "embedding", "halfvec_cosine_ops"),
           needs="The column is a halfvec itself, with its own operator class."),
)


def store(place: Place, search: Search, setup: bool):
    from llama_index.vector_stores.postgres import PGVectorStore

    values = place.database.values
    half = search.name == "halfvec"
    return PGVectorStore.from_params(
        host=values["host"], port=values.get("port", "5432"), database=values["dbname"], user=values["user"],
        password=values.get("password", ""), table_name="half_shelf" if half else "shelf", embed_dim=place.dimensions,
        use_halfvec=half, perform_setup=setup,
        # Where it has these and does its setup, it creates its index itself.
        hnsw_kwargs={"hnsw_m": 16, "hnsw_ef_construction": 64, "hnsw_ef_search": 40} if search.name == "hnsw" else None,
    )


def prepare(place: Place) -> None:
    from llama_index.core.schema import TextNode

    for search in (SEARCHES[0], SEARCHES[-1]):
        shelf = store(place, search, setup=True)
        shelf.add([
            TextNode(id_=f"node-{row.number}", text=row.text, metadata=row.metadata, embedding=row.embedding)
            for row in embeddings.rows(place.rows, place.dimensions)
        ])
        close(shelf)


def search(place: Place, search: Search, times: int) -> list[int]:
    from llama_index.core.vector_stores.types import MetadataFilter, MetadataFilters, VectorStoreQuery

    shelf = store(place, search, setup=False)
    filters = MetadataFilters(filters=[MetadataFilter(key="tenant", value=TENANT)]) if search.filters else None
    more = {"ivfflat_probes": 5} if search.name == "probes" else {}
    found = []
    for number in range(times):
        query = VectorStoreQuery(
            query_embedding=embeddings.query(number, place.dimensions), similarity_top_k=LIMIT, filters=filters
        )
        found.append(len(shelf.query(query, **more).ids or []))
        place.hold()
    close(shelf)
    return found


def close(shelf) -> None:
    import asyncio

    asyncio.run(shelf.close())


def drop(place: Place) -> None:
    place.database.execute("DROP TABLE IF EXISTS data_shelf, data_half_shelf")


CLIENT = Client(
    "llama_index", "LlamaIndex", ("llama-index-vector-stores-postgres",),
    "A SELECT of one table with the distance under a name in ORDER BY, through SQLAlchemy and psycopg2.",
    SEARCHES, prepare, search, drop,
)
