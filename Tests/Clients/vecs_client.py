"""vecs: Supabase's client of collections, one table in the schema `vecs` for each."""

import warnings

import embeddings
from declaration import TENANT, Client, Filter, Index, Place, Search, Setting

TABLE = "vecs.docs"
SETTINGS = (Setting("ivfflat.probes", "10", "transaction"), Setting("hnsw.ef_search", "40", "transaction"))
# Numbers and booleans go by containment, which vecs' own index on the metadata serves; texts do not.
CONTAINS = Filter("metadata", "@>", ("metadata",))
IN = Filter("metadata -> ?", "IN", ("metadata",), sent="metadata -> 'tenant'")
LESS = Filter("metadata -> ?", "<", ("metadata",), sent="metadata -> 'group'")
EQUALS = Filter("metadata -> ?", "=", ("metadata",), sent="metadata -> 'tenant'")
MEASURES = {"<=>": "cosine_distance", "<->": "l2_distance", "<#>": "max_inner_product"}

CONDITIONS = {
    "filtered": {"tenant": {"$eq": TENANT}}, "number": {"group": {"$eq": 3}}, "in": {"tenant": {"$in": [TENANT, "tenant-4"]}},
    "less": {"group": {"$lt": 10}},
}


def declare(name: str, operator: str, operator_class: str, **more: object) -> Search:
    return Search(
        name, TABLE, "vec", operator, f"ORDER BY vecs.docs.vec {operator}", settings=SETTINGS,
        index=Index("hnsw", "vec", operator_class), **more,
    )


def collection(place: Place):
    import vecs

    # psycopg2 by name, because SQLAlchemy 2.1 no longer takes it for the meaning of `postgresql`.
    client = vecs.create_client(place.database.uri("postgresql+psycopg2"))
    return client, client.get_or_create_collection("docs", dimension=place.dimensions)


def prepare(place: Place) -> None:
    client, docs = collection(place)
    rows = embeddings.rows(place.rows, place.dimensions)
    docs.upsert([(f"doc-{row.number}", row.embedding, row.metadata) for row in rows])
    client.disconnect()


def search(place: Place, search: Search, times: int) -> list[int]:
    client, docs = collection(place)
    found = []
    for number in range(times):
        with warnings.catch_warnings():
            # It warns wherever it does not see an index of its own.
            warnings.simplefilter("ignore")
            answers = docs.query(
                data=embeddings.query(number, place.dimensions), limit=search.limit, measure=MEASURES[search.operator],
                filters=CONDITIONS.get(search.name), include_value=search.name == "value",
            )
        found.append(len(answers))
        place.hold()
    client.disconnect()
    return found


def drop(place: Place) -> None:
    place.database.execute("DROP TABLE IF EXISTS vecs.docs")


CLIENT = Client(
    "vecs", "vecs", ("vecs",),
    "A SELECT of ids with the distance in ORDER BY, through SQLAlchemy and psycopg2, in a transaction of its own.",
    (
        declare("default", "<=>", "vector_cosine_ops"),
        declare("filtered", "<=>", "vector_cosine_ops", filters=(EQUALS,), findings=("filtered",),
                needs="Nothing can be set in its transaction but these two: hnsw.iterative_scan has to come from the role or the"
                " database. A text is compared after `->`, which vecs' own GIN index on the metadata does not serve; a number goes"
                " by containment, which it serves."),
        declare("number", "<=>", "vector_cosine_ops", filters=(CONTAINS,), findings=("filtered",)),
        declare("in", "<=>", "vector_cosine_ops", filters=(IN,), findings=("filtered",)),
        declare("less", "<=>", "vector_cosine_ops", filters=(LESS,)),
        declare("value", "<=>", "vector_cosine_ops",
                needs="The distance is in the select list too, and one of the two copies of the embedding stays in the text."),
        declare("l2", "<->", "vector_l2_ops"),
        declare("ip", "<#>", "vector_ip_ops"),
    ),
    prepare, search, drop,
)
