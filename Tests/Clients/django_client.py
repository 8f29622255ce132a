"""Django's ORM with the fields and distances of pgvector-python."""

import embeddings
from declaration import LIMIT, TENANT, Client, Filter, Index, Place, Search

# Django names a table after its application and its model.
TABLE = "public.library_book"
L2 = Index("hnsw", "embedding", "vector_l2_ops")
COSINE = Index("hnsw", "embedding", "vector_cosine_ops")
SEARCHES = (
    Search("default", TABLE, "embedding", "<->", 'ORDER BY ("library_book"."embedding" <->', index=L2),
    Search("filtered", TABLE, "embedding", "<->", '"library_book"."tenant" =', filters=(Filter("tenant", "=", ("tenant",)),),
           index=L2, findings=("filtered",)),
    Search("cosine", TABLE, "embedding", "<=>", '"library_book"."embedding" <=>', index=COSINE),
    Search("json", TABLE, "embedding", "<=>", '"library_book"."metadata" ->',
           filters=(Filter("metadata -> ?", "=", ("metadata",), sent="metadata -> 'tenant'"),), index=COSINE,
           findings=("filtered",)),
    Search("annotated", TABLE, "embedding", "<=>", 'AS "distance"', index=COSINE,
           needs="ORDER BY has the number of the column in the select list."),
)


def model(place: Place):
    import django
    from django.apps import apps
    from django.conf import settings

    if not settings.configured:
        values = place.database.values
        settings.configure(
            DATABASES={"default": {
                "ENGINE": "django.db.backends.postgresql", "NAME": values["dbname"], "USER": values["user"],
                "PASSWORD": values.get("password", ""), "HOST": values["host"], "PORT": values.get("port", ""),
            }},
            DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        )
        django.setup()
    if known := apps.all_models["library"].get("book"):
        return known

    from django.db import models
    from pgvector.django import VectorField

    class Book(models.Model):
        content = models.TextField()
        tenant = models.TextField()
        metadata = models.JSONField()
        embedding = VectorField(dimensions=place.dimensions)

        class Meta:
            app_label = "library"

    return Book


def prepare(place: Place) -> None:
    from django.db import connection

    place.database.execute("CREATE EXTENSION IF NOT EXISTS vector")
    book = model(place)
    with connection.schema_editor() as editor:
        editor.create_model(book)
    book.objects.bulk_create(
        [book(content=r.text, tenant=r.tenant, metadata=r.metadata, embedding=r.embedding)
         for r in embeddings.rows(place.rows, place.dimensions)],
        batch_size=500,
    )
    connection.close()


def search(place: Place, search: Search, times: int) -> list[int]:
    from django.db import connection
    from pgvector.django import CosineDistance, L2Distance

    book = model(place)
    found = []
    for number in range(times):
        vector = embeddings.query(number, place.dimensions)
        distance = (L2Distance if search.operator == "<->" else CosineDistance)("embedding", vector)
        books = book.objects.order_by(distance)
        if search.name == "filtered":
            books = books.filter(tenant=TENANT)
        elif search.name == "json":
            books = books.filter(metadata__tenant=TENANT)
        elif search.name == "annotated":
            books = book.objects.annotate(distance=distance).order_by("distance")
        found.append(len(list(books[:LIMIT])))
        place.hold()
    connection.close()
    return found


def drop(place: Place) -> None:
    place.database.execute("DROP TABLE IF EXISTS library_book")


CLIENT = Client(
    "django", "Django", ("django", "pgvector"), "A SELECT of all columns with the distance in ORDER BY, by its ORM.",
    SEARCHES, prepare, search, drop,
)
