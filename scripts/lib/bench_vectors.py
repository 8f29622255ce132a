"""Collections of the vecs client, filled fast with vectors that have the clusters of real embeddings."""

import io

import numpy as np
import vecs

CLUSTERS = 200


def vectors(seed, rows, dimensions):
    """Vectors around common centres, the same for the same seed."""
    centres = np.random.default_rng(dimensions).normal(size=(CLUSTERS, dimensions)).astype(np.float32)
    numbers = np.random.default_rng(seed)
    noise = numbers.normal(size=(rows, dimensions)).astype(np.float32)
    return centres[numbers.integers(CLUSTERS, size=rows)] + np.float32(0.5) * noise


def binary_copy(first, values):
    """Records numbered from `first` in the format of COPY ... WITH (FORMAT binary): id and vector."""
    rows, dimensions = values.shape
    layout = [("columns", ">i2"), ("id_size", ">i4"), ("id", "S8"), ("vector_size", ">i4")]
    layout += [("dimensions", ">i2"), ("unused", ">i2"), ("values", ">f4", (dimensions,))]
    tuples = np.zeros(rows, dtype=layout)
    tuples["columns"] = 2
    tuples["id_size"] = 8
    tuples["id"] = [b"%08d" % number for number in range(first, first + rows)]
    tuples["vector_size"] = 4 + 4 * dimensions
    tuples["dimensions"] = dimensions
    tuples["values"] = values
    return b"PGCOPY\n\xff\r\n\0" + bytes(8) + tuples.tobytes() + b"\xff\xff"


def random_vectors(seed, rows, dimensions):
    """Vectors without any structure, the same for the same seed."""
    return np.random.default_rng(seed).random(size=(rows, dimensions), dtype=np.float32)


def make_collection(server, database, name, rows, dimensions, has_clusters=True):
    """Makes a collection as the client does, without an index, vacuumed and analyzed."""
    make = vectors if has_clusters else random_vectors
    with vecs.create_client(server.url(database)) as client:
        client.get_or_create_collection(name=name, dimension=dimensions)
    connection = server.connect(database)
    cursor = connection.cursor()
    for first in range(0, rows, 5_000):
        values = make(first, min(5_000, rows - first), dimensions)
        cursor.copy_expert(
            f"COPY vecs.{name} (id, vec) FROM STDIN WITH (FORMAT binary)", io.BytesIO(binary_copy(first, values))
        )
    # A session counts its rows with a delay, and rows counted after ANALYZE would count twice.
    cursor.execute("SELECT pg_stat_force_next_flush()")
    cursor.execute(f"VACUUM ANALYZE vecs.{name}")
    connection.close()
