"""Collections of the vecs client, filled fast with vectors that have the clusters of real embeddings."""

import io
import zlib

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


def add_rows(cursor, name, first, values):
    """Adds rows to a collection, numbered from `first`."""
    cursor.copy_expert(
        f"COPY vecs.{name} (id, vec) FROM STDIN WITH (FORMAT binary)", io.BytesIO(binary_copy(first, values))
    )


def make_collection(server, database, name, rows, dimensions, has_clusters=True):
    """Makes a collection as the client does, without an index, vacuumed and analyzed."""
    make = vectors if has_clusters else random_vectors
    with vecs.create_client(server.url(database)) as client:
        client.get_or_create_collection(name=name, dimension=dimensions)
    connection = server.connect(database)
    cursor = connection.cursor()
    for first in range(0, rows, 5_000):
        values = make(first, min(5_000, rows - first), dimensions)
        add_rows(cursor, name, first, values)
    # A session counts its rows with a delay, and rows counted after ANALYZE would count twice.
    cursor.execute("SELECT pg_stat_force_next_flush()")
    cursor.execute(f"VACUUM ANALYZE vecs.{name}")
    connection.close()


def lists(rows):
    """The lists that vecs gives an index on so many rows, fewer than a million."""
    return max(rows // 1000, 30)


def make_index(server, database, name, method, rows):
    """Makes the index of a collection as the client does, faster."""
    parameters = f"lists = {lists(rows)}" if method == "ivfflat" else "m = 16, ef_construction = 64"
    tag = f"ivfflat_nl{lists(rows)}" if method == "ivfflat" else "hnsw_m16_efc64"
    connection = server.connect(database)
    cursor = connection.cursor()
    cursor.execute("SET maintenance_work_mem = '1GB'; SET min_parallel_table_scan_size = 0")
    cursor.execute(
        f"CREATE INDEX ix_vector_cosine_ops_{tag}_{zlib.crc32(name.encode()) % 16**7:07x} ON vecs.{name}"
        f" USING {method} (vec vector_cosine_ops) WITH ({parameters})"
    )
    connection.close()
