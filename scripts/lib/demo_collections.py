"""Fills a database with collections that each show one rule of vecsteward, through the vecs client.

usage: demo_collections.py [STORY...]

A story is one of unindexed, outgrown, built_too_early, healthy, invalid and unindexable; without any, it creates all of them.
The environment variable DEMO_DATABASE_URL names the database, so that the password is in no process list.
"""

import signal

# Ctrl-C ends it without a stack trace, also while it loads the rest.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import os  # noqa: E402
import sys  # noqa: E402
import uuid  # noqa: E402

import numpy as np  # noqa: E402
import psycopg2  # noqa: E402
import sqlalchemy  # noqa: E402
import vecs  # noqa: E402

URL = os.environ["DEMO_DATABASE_URL"]

# The ids that vecs puts into index names are random. The same ones each time make the report the same each time.
numbers = np.random.default_rng(20260101)
uuid.uuid4 = lambda: uuid.UUID(bytes=numbers.bytes(16), version=4)


def records(first, last, dimensions):
    """Records numbered from first to last: vectors in 40 clusters, as embeddings of real texts would be."""
    centres = np.random.default_rng(dimensions).normal(size=(40, dimensions))
    topics = numbers.integers(len(centres), size=last - first)
    vectors = centres[topics] + 0.5 * numbers.normal(size=(last - first, dimensions))
    return [
        (f"{first + row:06}", vector, {"topic": int(topic)})
        for row, (vector, topic) in enumerate(zip(vectors.astype(np.float32), topics))
    ]


def say(collection, story):
    print(f"    {collection.name:<16} {story}", file=sys.stderr)


def collection(client, name, rows, dimensions=64):
    new = client.get_or_create_collection(name=name, dimension=dimensions)
    if rows:
        new.upsert(records=records(0, rows, dimensions))
    return new


def execute(statement):
    with psycopg2.connect(URL.replace("+psycopg2", "")) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)


def analyze(collection):
    """What autovacuum would do in time. Where it is not done, it would hide how many rows an index was built on."""
    # The client's session counts its rows with a delay, and rows counted after ANALYZE would count twice.
    with collection.client.Session() as session, session.begin():
        session.execute(sqlalchemy.text("SELECT pg_stat_force_next_flush()"))
    execute(f"ANALYZE vecs.{collection.name}")


def unindexed(client):
    # Large enough that its build shows some progress.
    tickets = collection(client, "support_tickets", 10_000, dimensions=256)
    analyze(tickets)
    say(tickets, "10,000 rows of 256 dimensions, and never an index")


def outgrown(client):
    products = collection(client, "product_catalog", 4_000)
    products.create_index(method=vecs.IndexMethod.ivfflat, measure=vecs.IndexMeasure.cosine_distance)
    products.upsert(records=records(4_000, 10_000, 64))
    say(products, "an IVFFlat index built at 4,000 rows, and 10,000 rows today")


def built_too_early(client):
    chats = collection(client, "chat_history", 0)
    chats.create_index(method=vecs.IndexMethod.ivfflat, measure=vecs.IndexMeasure.cosine_distance)
    chats.upsert(records=records(0, 6_000, 64))
    say(chats, "an IVFFlat index built on the empty table, then 6,000 rows")


def healthy(client):
    articles = collection(client, "help_articles", 3_000)
    articles.create_index(method=vecs.IndexMethod.hnsw, measure=vecs.IndexMeasure.cosine_distance)
    analyze(articles)
    say(articles, "3,000 rows under an HNSW index, as it should be")


def invalid(client):
    """CREATE INDEX CONCURRENTLY ends by waiting for older snapshots. Cancelled there, it leaves an index that is
    maintained and never used."""
    documents = collection(client, "legal_documents", 2_000)
    analyze(documents)
    reader = psycopg2.connect(URL.replace("+psycopg2", ""))
    reader.set_session(isolation_level="REPEATABLE READ")
    reader.cursor().execute("SELECT")
    builder = psycopg2.connect(URL.replace("+psycopg2", ""))
    builder.autocommit = True
    statements = builder.cursor()
    statements.execute("SET statement_timeout = '3s'")
    try:
        statements.execute(
            "CREATE INDEX CONCURRENTLY legal_documents_vec_idx ON vecs.legal_documents USING hnsw (vec vector_cosine_ops)"
        )
        raise SystemExit("CREATE INDEX CONCURRENTLY was to be cancelled, and succeeded")
    except psycopg2.errors.QueryCanceled:
        pass
    finally:
        builder.close()
        reader.close()
    say(documents, "an index whose CREATE INDEX CONCURRENTLY was cancelled")


def unindexable(client):
    papers = collection(client, "research_papers", 1_200, dimensions=3_072)
    analyze(papers)
    say(papers, "1,200 rows of 3,072 dimensions, more than an index takes")


STORIES = {story.__name__: story for story in (unindexed, outgrown, built_too_early, healthy, invalid, unindexable)}

with vecs.create_client(URL) as client:
    for name in sys.argv[1:] or STORIES:
        STORIES[name](client)
