"""langchain-postgres' class PGVector: the embeddings of all collections in one table, joined to the table of their names."""

import contextlib
from collections.abc import Iterator

import embeddings
from declaration import LIMIT, TENANT, Client, Filter, Index, Place, Search

TABLE = "public.langchain_pg_embedding"
# Its column is declared without dimensions, unless the application passes `embedding_length`.
TYPED = f"ALTER TABLE {TABLE} ALTER COLUMN embedding TYPE vector({{dimensions}})"
UNTYPED = f"ALTER TABLE {TABLE} ALTER COLUMN embedding TYPE vector"
COLLECTION = Filter("collection_id", "=", ("collection_id",))
EQUALS = Filter("jsonb_path_match(cmetadata, ?, ?)", None, ("cmetadata",), sent="jsonb_path_match(cmetadata, '$.tenant == $value')")
IN = Filter("cmetadata ->> ?", "IN", ("cmetadata",), sent="cmetadata ->> 'tenant'")
NEEDS = "Dimensions of the column: its searches do not cast, so that no index on a cast can serve them."


def declare(name: str, operator: str, measure: str, *filters: Filter, needs: str = "") -> Search:
    # All rows are of the one collection, so only another filter loses any.
    return Search(
        name, TABLE, "embedding", operator, "JOIN langchain_pg_collection", filters=(COLLECTION, *filters), needs=needs,
        findings=("filtered",) if filters else (),
        attempt=Index("hnsw", "(embedding::vector({dimensions}))", f"vector_{measure}_ops"),
        index=Index("hnsw", "embedding", f"vector_{measure}_ops", after=TYPED, undo=UNTYPED),
    )


SEARCHES = (
    declare("default", "<=>", "cosine", needs=NEEDS),
    declare("filtered", "<=>", "cosine", EQUALS,
            needs="No index can serve jsonb_path_match, and the planner takes it to hold for a third of the rows: so it"
            " takes the index of the embeddings even on a small table."),
    declare("in", "<=>", "cosine", IN),
    declare("l2", "<->", "l2"),
    declare("ip", "<#>", "ip"),
)


def invented(dimensions: int):
    """The embeddings as langchain's own interface has them."""
    from langchain_core.embeddings import Embeddings

    class Invented(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [embeddings.embed(text, dimensions) for text in texts]

        def embed_query(self, text: str) -> list[float]:
            return embeddings.embed(text, dimensions)

    return Invented()


@contextlib.contextmanager
def store(place: Place, operator: str = "<=>") -> Iterator:
    from langchain_postgres import PGVector
    from langchain_postgres.vectorstores import DistanceStrategy
    from sqlalchemy import create_engine

    strategies = {"<=>": DistanceStrategy.COSINE, "<->": DistanceStrategy.EUCLIDEAN, "<#>": DistanceStrategy.MAX_INNER_PRODUCT}
    # An engine of its own, because that of the store cannot be closed.
    engine = create_engine(place.database.uri("postgresql+psycopg"))
    try:
        yield PGVector(
            embeddings=invented(place.dimensions), collection_name="manuals", connection=engine,
            distance_strategy=strategies[operator],
        )
    finally:
        engine.dispose()


def prepare(place: Place) -> None:
    rows = embeddings.rows(place.rows, place.dimensions)
    with store(place) as vectors:
        # It sends all in one statement, which can have 65,535 parameters.
        for start in range(0, len(rows), 5000):
            part = rows[start : start + 5000]
            vectors.add_texts([row.text for row in part], [row.metadata for row in part], [f"manual-{row.number}" for row in part])


def search(place: Place, search: Search, times: int) -> list[int]:
    conditions = {"filtered": {"tenant": {"$eq": TENANT}}, "in": {"tenant": {"$in": [TENANT, "tenant-4"]}}}
    found = []
    with store(place, search.operator) as vectors:
        for number in range(times):
            found.append(len(vectors.similarity_search(f"search {number}", k=LIMIT, filter=conditions.get(search.name))))
            place.hold()
    return found


def drop(place: Place) -> None:
    place.database.execute("DROP TABLE IF EXISTS langchain_pg_embedding, langchain_pg_collection")


CLIENT = Client(
    "langchain_pgvector", "langchain-postgres, class PGVector", ("langchain-postgres",),
    "A SELECT with a join of the table of collections, and the distance under a name in ORDER BY.",
    SEARCHES, prepare, search, drop,
)
