"""mem0's store of vectors, as its class Memory calls it. Memory itself asks a language model what to remember."""

import os
import tempfile
import uuid

import embeddings
from declaration import LIMIT, TENANT, Client, Filter, Index, Place, Search

TABLE = "public.mem0"
FOLDER = tempfile.TemporaryDirectory(prefix="vecsteward-mem0-")
COSINE = Index("hnsw", "vector", "vector_cosine_ops")
SEARCHES = (
    Search("default", TABLE, "vector", "<=>", "ORDER BY distance", index=COSINE,
           needs="Memory.search always has a filter, such as the next one."),
    Search("filtered", TABLE, "vector", "<=>", "ORDER BY distance", index=COSINE,
           filters=(Filter("payload ->> ?", "=", ("payload",), sent="payload ->> 'user_id'"),), findings=("filtered",),
           needs="The key of the filter is a parameter: whoever reads the text does not learn it."),
)


def store(place: Place):
    # It would report its use otherwise, and keep a folder at home.
    os.environ["MEM0_TELEMETRY"] = "False"
    os.environ["MEM0_DIR"] = FOLDER.name
    from mem0.configs.vector_stores.pgvector import PGVectorConfig
    from mem0.vector_stores.pgvector import PGVector

    config = PGVectorConfig(
        connection_string=place.database.uri(), embedding_model_dims=place.dimensions,
        # As shipped it creates the same index itself, with the table.
        hnsw=False,
    )
    return PGVector(**config.model_dump())


def prepare(place: Place) -> None:
    place.database.execute("CREATE EXTENSION IF NOT EXISTS vector")
    memories = store(place)
    rows = embeddings.rows(place.rows, place.dimensions)
    memories.insert(
        [row.embedding for row in rows], [{"data": row.text, "user_id": row.tenant} for row in rows],
        [str(uuid.uuid5(uuid.NAMESPACE_OID, row.text)) for row in rows],
    )
    memories.connection_pool.close()


def search(place: Place, search: Search, times: int) -> list[int]:
    memories = store(place)
    filters = {"user_id": TENANT} if search.filters else None
    found = []
    for number in range(times):
        vector = embeddings.query(number, place.dimensions)
        found.append(len(memories.search(f"search {number}", vector, top_k=LIMIT, filters=filters)))
        place.hold()
    memories.connection_pool.close()
    return found


def drop(place: Place) -> None:
    place.database.execute("DROP TABLE IF EXISTS mem0")


CLIENT = Client(
    "mem0", "mem0", ("mem0ai",), "A SELECT of one table with the distance under a name in ORDER BY, through psycopg.",
    SEARCHES, prepare, search, drop,
)
