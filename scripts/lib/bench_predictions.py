"""Compares what vecsteward says of a build before it with what it was: size and time, on a fresh database and after three builds.

usage: bench_predictions.py SERVER_FILE BINARIES ROWS
"""

import dataclasses
import io
import math
import statistics
import sys

import numpy as np
import vecs
from bench_server import Server, Vecsteward, print_table, verdict
from bench_vectors import binary_copy, random_vectors, vectors

DATABASE = "predictions"
BUILDS = 3


def duplicates(seed, rows, dimensions):
    """Vectors of which there are as many different ones as a portion has hundreds of rows."""
    values = random_vectors(1, max(1, rows // 50), dimensions)
    return values[np.random.default_rng(seed).integers(len(values), size=rows)]


DATA = {"random": random_vectors, "clustered": vectors, "equal": duplicates, "half without": vectors}


@dataclasses.dataclass(frozen=True)
class Cell:
    """One index on one collection."""

    data: str
    dimensions: int
    rows: int
    m: int | None = None
    ef: int | None = None
    lists: int | None = None
    partial: bool = False

    @property
    def collection(self):
        part = "_part" if self.partial else ""
        return f"{self.data.replace(' ', '_')}_{self.dimensions}_{self.rows}{part}"

    @property
    def index(self):
        words = f"ivfflat {self.lists}" if self.lists else f"hnsw m{self.m} ef{self.ef}"
        return words + (", a tenth of the rows" if self.partial else "")

    def request(self):
        place = f"vecs.{self.collection}"
        if self.partial:
            return ["rebuild", place]
        if self.lists:
            return ["create-index", place, "--method", "ivfflat", "--lists", str(self.lists)]
        return ["create-index", place, "--method", "hnsw", "--m", str(self.m), "--ef-construction", str(self.ef)]


def matrix(rows):
    """The cells: the data, dimensions and sizes that the bounds are for, and each parameter where it matters most."""
    small, large = rows // 4, rows * 3
    cells = []
    for data, dimensions in [("random", 64), ("clustered", 256), ("clustered", 768), ("clustered", 1536)]:
        for m, ef in [(8, 64), (16, 64), (32, 64), (16, 128)]:
            cells.append(Cell(data, dimensions, rows, m=m, ef=ef))
        cells += [Cell(data, dimensions, number, m=16, ef=64) for number in (small, large)]
        for number in (small, rows, large):
            cells += [Cell(data, dimensions, number, lists=lists) for lists in (30, 300) if number >= 50 * lists]
    for data, dimensions in [("random", 256), ("random", 768), ("random", 1536), ("clustered", 64)]:
        cells += [Cell(data, dimensions, rows, m=16, ef=64), Cell(data, dimensions, rows, lists=30)]
    for data in ("equal", "half without"):
        for dimensions in (64, 768):
            cells += [Cell(data, dimensions, rows, m=16, ef=64), Cell(data, dimensions, rows, lists=30)]
    cells.append(Cell("random", 64, small, m=100, ef=200))
    cells.append(Cell("random", 64, rows, m=16, ef=64, partial=True))
    # Those of one collection one after another, so that it is made once.
    return sorted(cells, key=lambda cell: (cell.collection, cell.index))


class Bench:
    def __init__(self, server, binaries):
        self.server = server
        self.vecsteward = Vecsteward(binaries, server, DATABASE, rules={"unindexed": {"mode": "off"}})
        self.made = None

    def make(self, cell):
        """Makes the collection in the place of the one before it."""
        if self.made == cell.collection:
            return
        if self.made:
            self.server.query(DATABASE, f'DROP TABLE vecs."{self.made}"')
        self.made = cell.collection
        with vecs.create_client(self.server.url(DATABASE)) as client:
            client.get_or_create_collection(name=cell.collection, dimension=cell.dimensions)
        connection = self.server.connect(DATABASE)
        cursor = connection.cursor()
        if cell.data == "half without":
            cursor.execute(f"ALTER TABLE vecs.{cell.collection} ALTER COLUMN vec DROP NOT NULL")
        for first in range(0, cell.rows, 5_000):
            values = DATA[cell.data](first, min(5_000, cell.rows - first), cell.dimensions)
            cursor.copy_expert(
                f"COPY vecs.{cell.collection} (id, vec) FROM STDIN WITH (FORMAT binary)",
                io.BytesIO(binary_copy(first, values)),
            )
        if cell.data == "half without":
            cursor.execute(f"UPDATE vecs.{cell.collection} SET vec = NULL WHERE id::int % 2 = 0")
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(f"VACUUM FULL vecs.{cell.collection}")
        cursor.execute(f"VACUUM ANALYZE vecs.{cell.collection}")
        connection.close()

    def build(self, cell):
        """Builds the index by vecsteward, takes it away again, and returns what was said and what was so."""
        if cell.partial:
            self.server.query(
                DATABASE,
                f"CREATE INDEX part ON vecs.{cell.collection} USING hnsw (vec vector_cosine_ops)"
                f" WITH (m = {cell.m}, ef_construction = {cell.ef}) WHERE id::int % 10 = 0",
            )
            self.server.query(DATABASE, f"ANALYZE vecs.{cell.collection}")
        self.vecsteward.run(*cell.request())
        row = self.server.query(
            DATABASE,
            "SELECT predicted_disk_bytes, size_bytes, predicted_seconds, statement_seconds, index_name"
            " FROM vecsteward.build ORDER BY id DESC LIMIT 1",
        )[0]
        self.server.query(DATABASE, f'DROP INDEX vecs."{row[4]}"')
        self.server.query(DATABASE, "CHECKPOINT")
        return row[:4]

    def measure(self, cell):
        self.make(cell)
        if self.server.query(DATABASE, "SELECT to_regclass('vecsteward.build') IS NOT NULL")[0][0]:
            self.server.query(DATABASE, "TRUNCATE vecsteward.build")
        builds = [self.build(cell) for _ in range(BUILDS + 1)]
        return Result(cell, builds)


class Result:
    """What was predicted of one cell, and what was so."""

    def __init__(self, cell, builds):
        self.cell = cell
        self.disk = builds[0][0] / builds[0][1]
        # One build is as busy as the machine was at its time; the median of all is what it takes.
        taken = statistics.median(build[3] for build in builds)
        self.seconds = builds[0][2] / taken
        self.taught = builds[-1][2] / taken
        self.taken, self.said = taken, builds[0][2]

    def row(self):
        return (
            self.cell.data, self.cell.dimensions, f"{self.cell.rows:,}", self.cell.index, f"{self.disk:.3f}",
            f"{self.said:.2f}", f"{self.taken:.2f}", f"{self.seconds:.2f}", f"{self.taught:.2f}",
        )


def share(ratios, factor):
    """The share of ratios within a factor of 1."""
    return sum(abs(math.log(ratio)) <= math.log(factor) for ratio in ratios) / len(ratios)


def main():
    server, binaries, rows = Server(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    server.create_database(DATABASE)
    bench = Bench(server, binaries)
    results = [bench.measure(cell) for cell in matrix(rows)]
    print(f"\nPredictions of {len(results)} builds, {server.versions()}, each predicted by the formula, then corrected by {BUILDS} recorded builds\n")
    columns = ["data", "dimensions", "rows", "index", "disk, predicted / actual", "predicted s", "s (median)", "predicted / actual", f"after {BUILDS}"]
    print_table(columns, [result.row() for result in results])
    print()
    bounds = []
    for title, ratios, factor, wanted in [
        ("disk", [result.disk for result in results], 1.1, 1.0),
        ("seconds by the formula", [result.seconds for result in results], 2, 0.9),
        (f"seconds after {BUILDS} builds", [result.taught for result in results], 1.3, 0.9),
    ]:
        found = share(ratios, factor)
        bounds.append(
            (title, f"{statistics.median(ratios):.2f}", f"{min(ratios):.2f} to {max(ratios):.2f}", f"{found:.0%}",
             verdict(found >= wanted, f"{wanted:.0%} within a factor of {factor}"))
        )
    print_table(["what", "predicted / actual (median)", "from ... to", "share within", ""], bounds)


if __name__ == "__main__":
    main()
