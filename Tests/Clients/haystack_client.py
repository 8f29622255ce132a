"""Haystack's PgvectorDocumentStore, through its retriever."""

import os

import embeddings
from declaration import LIMIT, TENANT, Client, Filter, Index, Place, Search

TABLE = "public.haystack_documents"
COSINE = Index("hnsw", "embedding", "vector_cosine_ops")
SEARCHES = (
    Search("default", TABLE, "embedding", "<=>", "ORDER BY embedding <=>", index=COSINE,
           needs="The select list has 1 - distance too; ORDER BY has the distance itself."),
    Search("filtered", TABLE, "embedding", "<=>", "ORDER BY embedding <=>", index=COSINE,
           filters=(Filter("meta ->> ?", "=", ("meta",), sent="meta ->> 'tenant'"),), findings=("filtered",)),
    Search("l2", TABLE, "embedding", "<->", "ORDER BY embedding <->", index=Index("hnsw", "embedding", "vector_l2_ops")),
    Search("ip", TABLE, "embedding", "<#>", "ORDER BY embedding <#>", index=Index("hnsw", "embedding", "vector_ip_ops")),
)
FUNCTIONS = {"<=>": "cosine_similarity", "<->": "l2_distance", "<#>": "inner_product"}


def store(place: Place):
    # It would report its use otherwise.
    os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"
    from haystack.utils import Secret
    from haystack_integrations.document_stores.pgvector import PgvectorDocumentStore

    return PgvectorDocumentStore(
        connection_string=Secret.from_token(place.database.uri()), embedding_dimension=place.dimensions
    )


def prepare(place: Place) -> None:
    documents = store(place)
    from haystack import Document

    documents.write_documents([
        Document(id=f"document-{row.number}", content=row.text, meta=row.metadata, embedding=row.embedding)
        for row in embeddings.rows(place.rows, place.dimensions)
    ])
    close(documents)


def search(place: Place, search: Search, times: int) -> list[int]:
    documents = store(place)
    from haystack_integrations.components.retrievers.pgvector import PgvectorEmbeddingRetriever

    retriever = PgvectorEmbeddingRetriever(document_store=documents, top_k=LIMIT, vector_function=FUNCTIONS[search.operator])
    filters = {"field": "meta.tenant", "operator": "==", "value": TENANT} if search.filters else None
    found = []
    for number in range(times):
        answer = retriever.run(query_embedding=embeddings.query(number, place.dimensions), filters=filters)
        found.append(len(answer["documents"]))
        place.hold()
    close(documents)
    return found


def close(documents) -> None:
    documents.close()


def drop(place: Place) -> None:
    place.database.execute("DROP TABLE IF EXISTS haystack_documents")


CLIENT = Client(
    "haystack", "Haystack", ("pgvector-haystack", "haystack-ai"),
    "A SELECT of all columns with the distance in ORDER BY and its complement in the select list, both as literals.",
    SEARCHES, prepare, search, drop,
)
