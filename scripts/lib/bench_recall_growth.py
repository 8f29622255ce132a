"""The recall of an IVFFlat index whose collection grows: left alone, and rebuilt in two ways.

The collection has vectors with structure or without, and new rows are like the old ones or not.
"""

import dataclasses
import os
import tempfile

import numpy as np
import vecs
from bench_server import Vecsteward, print_table
from bench_vectors import add_rows, make_index, random_vectors

DATABASE = "recall_growth"
DIMENSIONS = 64
# Of so many dimensions vectors with structure really are, in so many overlapping topics.
LATENT, TOPICS, SPREAD, NOISE = 40, 100, 1.5, 0.2
QUERIES = 300
FACTORS = [1, 2, 4, 8]
LEFT, BY_FORMULA, BY_RECALL = "left alone", "rebuilt with the lists of the formula", "rebuilt with lists that keep the recall"
# How the configuration asks for each.
LISTS = {BY_FORMULA: "vecs", BY_RECALL: "recall"}


def structured(seed, rows, topics):
    """Vectors of one set of topics, the same for the same seed, which vary in few directions, as embeddings do."""
    directions = np.random.default_rng([1, 1]).normal(size=(LATENT, DIMENSIONS)) / np.sqrt(LATENT)
    centres = np.random.default_rng([2, topics + 1]).normal(size=(TOPICS, LATENT))
    numbers = np.random.default_rng([3, seed + 1])
    hidden = centres[numbers.integers(TOPICS, size=rows)] + SPREAD * numbers.normal(size=(rows, LATENT))
    return (hidden @ directions + NOISE * numbers.normal(size=(rows, DIMENSIONS))).astype(np.float32)


@dataclasses.dataclass(frozen=True)
class Kind:
    """What a collection has."""

    name: str
    title: str
    has_structure: bool
    # Whether new rows are of other topics than those that the index was built on.
    drifts: bool

    def vectors(self, seed, rows, is_new):
        if not self.has_structure:
            return random_vectors(seed, rows, DIMENSIONS)
        return structured(seed, rows, topics=int(is_new and self.drifts))


KINDS = [
    Kind("steady", "structure, new rows alike", has_structure=True, drifts=False),
    Kind("drifting", "structure, new rows of other topics", has_structure=True, drifts=True),
    Kind("random", "random, new rows alike", has_structure=False, drifts=False),
]


class Growth:
    """A collection of one kind that grows, left alone, and one like it for each rebuild of it."""

    def __init__(self, server, binaries, kind, rows):
        self.server, self.kind, self.base = server, kind, rows
        self.vecstewards = {how: configured(binaries, server, lists) for how, lists in LISTS.items()}
        # Which of them polls and measures makes no difference.
        self.vecsteward = self.vecstewards[BY_FORMULA]
        self.rows = 0

    def make(self, name):
        """Makes a collection with the index that it has at the beginning."""
        with vecs.create_client(self.server.url(DATABASE)) as client:
            client.get_or_create_collection(name=name, dimension=DIMENSIONS)
        self.grow(name, 0, self.base)
        make_index(self.server, DATABASE, name, "ivfflat", self.base)

    def grow(self, name, present, rows):
        """Adds rows to a collection with so many, until it has as many as it should."""
        connection = self.server.connect(DATABASE)
        cursor = connection.cursor()
        while present < rows:
            number = min(5_000, rows - present, self.base - present if present < self.base else rows)
            add_rows(cursor, name, present, self.kind.vectors(present, number, present >= self.base))
            present += number
        # A session counts its rows with a delay, and rows counted after ANALYZE would count twice.
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute(f"VACUUM ANALYZE vecs.{name}")
        connection.close()

    def cells(self):
        """Each size, first left alone and then rebuilt: rows of the table."""
        left = f"{self.kind.name}_left"
        self.make(left)
        self.rows = self.base
        yield self.cell(left, LEFT, None)
        for factor in FACTORS[1:]:
            self.grow(left, self.rows, factor * self.base)
            self.rows = factor * self.base
            yield self.cell(left, LEFT, None)
            for how, vecsteward in self.vecstewards.items():
                name = f"{self.kind.name}_by_{LISTS[how]}_{factor}"
                self.make(name)
                self.grow(name, self.base, self.rows)
                # Which lists keep the recall is known only after a measurement.
                self.verdict(name)
                jobs = vecsteward.run("rebuild", f"vecs.{name}")
                yield self.cell(name, how, sum(seconds for kind, _, seconds in jobs if kind == "rebuild_index"))
                self.server.query(DATABASE, f"DROP TABLE vecs.{name}")
        self.server.query(DATABASE, f"DROP TABLE vecs.{left}")

    def cell(self, name, how, build):
        place = f"vecs.{name}"
        stored = self.vecsteward.recall(place, "--queries", str(QUERIES))
        newest = self.vecsteward.recall(place, "--queries", self.newest())
        low, high = stored["interval"]
        return (
            self.kind.title,
            f"{self.rows:,}",
            how,
            self.lists(name),
            f"{stored['recall']:.3f} ({low:.3f} to {high:.3f})",
            f"{newest['recall']:.3f}",
            f"{stored['latencyMilliseconds']['median']:.1f}",
            f"{stored['latencyMilliseconds']['p95']:.1f}",
            "-" if build is None else f"{build:.1f}",
            self.verdict(name),
        )

    def verdict(self, name):
        """The severity of the finding `recall` after the measurements that the rule asks for; `-` if it asks for none."""
        is_measured = False
        # The poll after a job is the one that sees what it has brought.
        while jobs := self.vecsteward.run("run", "--once"):
            is_measured |= any(kind == "measure_recall" for kind, _, _ in jobs)
        return self.vecsteward.severity(name, "recall") or ("silent" if is_measured else "-")

    def newest(self):
        """A file with vectors like the newest rows that no row has."""
        file, path = tempfile.mkstemp(dir=os.environ.get("VECSTEWARD_SCRATCH"), suffix=".npy")
        with os.fdopen(file, "wb") as output:
            np.save(output, self.kind.vectors(10**9, QUERIES, self.rows > self.base))
        return path

    def lists(self, name):
        """The lists of the index that a collection has now."""
        ((lists,),) = self.server.query(
            DATABASE,
            "SELECT o.option_value FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
            " CROSS JOIN pg_options_to_table(c.reloptions) AS o"
            f" WHERE i.indrelid = 'vecs.{name}'::regclass AND o.option_name = 'lists'",
        )
        return lists


def configured(binaries, server, lists):
    """vecsteward with a configuration in which nothing is built but what is asked for, with lists of this origin."""
    return Vecsteward(
        binaries,
        server,
        DATABASE,
        index={"lists": lists},
        rules={rule: {"mode": "warn"} for rule in ("invalid", "built-too-early", "outgrown", "stale-statistics")},
        # The server counts no statements, so the rules are told how the collections are searched.
        collections=[
            {"match": "vecs.*", "searches": [{"measure": "cosine_distance", "filters": [], "limit": 10}]},
        ],
    )


def measure(server, binaries, rows):
    """Prints what is found of each collection at each size, from half of the rows to four times as many."""
    server.create_database(DATABASE)
    rows //= 2
    table = [cell for kind in KINDS for cell in Growth(server, binaries, kind, rows).cells()]
    print(
        f"\nAn IVFFlat index built by the formula of vecs on {rows:,} rows of {DIMENSIONS} dimensions, as its collection grows,"
        f" measured by `vecsteward recall` for {QUERIES} vectors at probes 10, the probes of vecs\n"
    )
    columns = ["vectors", "rows", "index", "lists", "recall@10 (95 % interval)", "of searches like the newest rows"]
    print_table([*columns, "ms (median)", "ms (95th percentile)", "build s", "`recall`"], table)
