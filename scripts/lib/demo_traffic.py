"""A vecs client that writes to a collection and searches it until it is ended, with each warning an error.

usage: demo_traffic.py COLLECTION FILE

The environment variable DEMO_DATABASE_URL names the database, so that the password is in no process list. It makes FILE when
the traffic has begun. SIGTERM ends it; then it says what it did. It exits with 1 when an operation failed or vecs warned, as it does of a search without an index.
"""

import signal

# Ctrl-C ends it without a stack trace, also while it loads the rest.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import os  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
import warnings  # noqa: E402

import numpy as np  # noqa: E402
import vecs  # noqa: E402

DIMENSIONS = 64
RECORDS = 10
PAUSE = 0.02

name = sys.argv[1]
numbers = np.random.default_rng(1)
is_ended = False


def end(*_):
    global is_ended
    is_ended = True


def timed(operation, **arguments):
    """The seconds that an operation took."""
    start = time.perf_counter()
    operation(**arguments)
    return time.perf_counter() - start


signal.signal(signal.SIGTERM, end)
upserts = searches = 0
longest = 0.0
with vecs.create_client(os.environ["DEMO_DATABASE_URL"]) as client:
    collection = client.get_or_create_collection(name=name, dimension=DIMENSIONS)
    rows = len(collection)
    warnings.simplefilter("error")
    while not is_ended:
        # Of the records that are there, so that the traffic itself makes the collection outgrow nothing.
        ids = numbers.choice(rows, size=RECORDS, replace=False)
        vectors = numbers.normal(size=(RECORDS, DIMENSIONS))
        records = [(f"{number:06}", vector, {}) for number, vector in zip(ids, vectors)]
        try:
            longest = max(longest, timed(collection.upsert, records=records))
            upserts += 1
            # A new object each time, as a new process would be: the client remembers an index that it once saw.
            fresh = client.get_or_create_collection(name=name, dimension=DIMENSIONS)
            longest = max(longest, timed(fresh.query, data=vectors[0], limit=10, measure="cosine_distance"))
            searches += 1
            if searches == 1:
                open(sys.argv[2], "w").close()
        except Exception as error:
            print(f"    vecs client: {type(error).__name__}: {error}", file=sys.stderr)
            raise SystemExit(1)
        time.sleep(PAUSE)
print(
    f"    vecs client: {upserts:,} upserts and {searches:,} searches of {name}; the longest took"
    f" {longest * 1000:.0f} ms, and vecs gave no warning",
    file=sys.stderr,
)
