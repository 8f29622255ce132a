"""Measures how long the index of a collection takes to build: by the vecs client, by hand, and by vecsteward.

usage: bench_builds.py SERVER_FILE BINARIES ROWS
"""

import dataclasses
import os
import re
import statistics
import sys
import time

import psycopg2
import vecs
from bench_server import Server, Vecsteward, print_table, verdict
from bench_vectors import make_collection

DATABASE = "builds"


@dataclasses.dataclass(frozen=True)
class Kind:
    """What is built on, and what."""

    method: str
    dimensions: int
    # Embeddings have some structure; vectors without any make a build compare more of them.
    has_clusters: bool = True
    # Those of vecs where there is none.
    lists: int | None = None

    @property
    def name(self):
        return f"{self.method}_{self.dimensions}{'' if self.has_clusters else '_random'}_{self.lists or ''}".rstrip("_")

    @property
    def title(self):
        words = [self.method, f"{self.dimensions} dimensions"]
        if self.lists:
            words.append(f"{self.lists} lists")
        if not self.has_clusters:
            words.append("random vectors")
        return ", ".join(words)


KINDS = [
    Kind("hnsw", 1536, has_clusters=False),
    Kind("hnsw", 1536),
    Kind("hnsw", 384),
    Kind("ivfflat", 1536),
    Kind("ivfflat", 1536, lists=100),
]
VECS, BY_HAND, SAME_SETTINGS, VECSTEWARD = range(4)
NAMES = {
    VECS: "vecs `create_index()`",
    BY_HAND: "`CREATE INDEX CONCURRENTLY`, default settings",
    SAME_SETTINGS: "`CREATE INDEX CONCURRENTLY`, vecsteward's settings",
    VECSTEWARD: "vecsteward, from queue to swap",
}


REPETITIONS = 5


class Build:
    """One index in four ways, each on the same table without an index."""

    def __init__(self, server, binaries, kind, rows):
        self.server, self.kind, self.name, self.method = server, kind, kind.name, kind.method
        make_collection(server, DATABASE, self.name, rows, kind.dimensions, kind.has_clusters)
        self.vecsteward = Vecsteward(
            binaries,
            server,
            DATABASE,
            index={"method": self.method},
            rules={"unindexed": {"mode": "off"}},
            collections=[{"match": f"vecs.{self.name}", "rules": {"unindexed": {"mode": "act"}}}],
        )
        statements = self.statements()
        self.settings = [statement for statement in statements if statement.startswith("SET ")]
        # On the host of the server it asks for no more workers than there are processors for them.
        workers = max(0, min(2, os.cpu_count() - (1 if self.method == "hnsw" else 2)))
        workers = f"max_parallel_maintenance_workers = {workers}"
        self.settings = [re.sub(r"max_parallel_maintenance_workers = \d+", workers, setting) for setting in self.settings]
        self.statement = next(statement for statement in statements if statement.startswith("CREATE INDEX"))
        self.seconds = {variant: [] for variant in NAMES}
        self.errors = {}

    def statements(self):
        """The SQL that vecsteward says it is going to run."""
        if not self.kind.lists:
            jobs = self.vecsteward.report()["jobs"]
            return next(job["statements"] for job in jobs if job["collection"] == f"vecs.{self.name}")
        self.vecsteward.output(*self.request(), "--no-wait")
        job = str(self.vecsteward.last_job())
        shown = self.vecsteward.output("jobs", "show", job)
        self.vecsteward.output("jobs", "cancel", job)
        return [line.strip().removesuffix(";") for line in shown.splitlines()]

    def measure(self):
        variants = list(NAMES)
        for turn in range(REPETITIONS):
            # In turns, so that a disturbance meets all of them alike.
            for variant in variants[turn % 4 :] + variants[: turn % 4]:
                if variant not in self.errors:
                    self.measure_once(variant)

    def measure_once(self, variant):
        self.server.query(DATABASE, "CHECKPOINT")
        try:
            self.seconds[variant].append((self.by_vecs, self.by_hand, self.with_settings, self.by_vecsteward)[variant]())
        except Exception as error:
            if variant == VECSTEWARD:
                raise
            original = getattr(error, "orig", error)
            if not isinstance(original, psycopg2.Error):
                raise
            self.errors[variant] = str(original).splitlines()[0]
        self.drop()

    def by_vecs(self):
        with vecs.create_client(self.server.url(DATABASE)) as client:
            collection = client.get_or_create_collection(name=self.name, dimension=self.kind.dimensions)
            start = time.perf_counter()
            collection.create_index(
                method=vecs.IndexMethod(self.method),
                measure=vecs.IndexMeasure.cosine_distance,
                index_arguments=vecs.IndexArgsIVFFlat(n_lists=self.kind.lists) if self.kind.lists else None,
            )
            return time.perf_counter() - start

    def by_hand(self, settings=()):
        connection = self.server.connect(DATABASE)
        try:
            cursor = connection.cursor()
            for setting in settings:
                cursor.execute(setting)
            start = time.perf_counter()
            cursor.execute(self.statement)
            return time.perf_counter() - start
        finally:
            connection.close()

    def with_settings(self):
        return self.by_hand(self.settings)

    def by_vecsteward(self):
        jobs = self.vecsteward.run(*(self.request() if self.kind.lists else ["run", "--once"]))
        builds = [seconds for kind, _, seconds in jobs if kind == "create_index"]
        if len(builds) != 1:
            raise SystemExit(f"vecsteward carried out {len(builds)} builds of {self.name}, and one was expected")
        return builds[0]

    def request(self):
        """The command that asks for what no rule would ask for."""
        return ["create-index", f"vecs.{self.name}", "--method", self.method, "--lists", str(self.kind.lists)]

    def drop(self):
        """Drops what was built, or what a failed build left."""
        for (index,) in self.server.query(
            DATABASE,
            "SELECT i.indexrelid::regclass::text FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
            " JOIN pg_am AS a ON a.oid = c.relam"
            f" WHERE i.indrelid = 'vecs.{self.name}'::regclass AND a.amname IN ('hnsw', 'ivfflat')",
        ):
            self.server.query(DATABASE, f"DROP INDEX {index}")

    def row(self, variant):
        title = self.kind.title
        if variant in self.errors:
            return (title, NAMES[variant], "fails", "", self.errors[variant])
        taken = self.seconds[variant]
        return (title, NAMES[variant], f"{statistics.median(taken):.1f}", len(taken), self.comparison(variant))

    def comparison(self, variant):
        if variant != VECSTEWARD:
            return ""
        words = []
        median = {name: statistics.median(taken) for name, taken in self.seconds.items() if taken}
        if VECS in median:
            factor = median[VECS] / median[VECSTEWARD]
            words.append(f"{factor:.1f} x faster than vecs")
            if self.method == "hnsw" and self.kind.dimensions == 1536:
                words[-1] += f" ({verdict(factor >= 7, '7')})"
        more = median[VECSTEWARD] / median[SAME_SETTINGS] * 100 - 100
        words.append(f"{more:+.1f} % of the same by hand ({verdict(more <= 5, '5 %')})")
        return "; ".join(words)


def main():
    server, binaries, rows = Server(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    server.create_database(DATABASE)
    builds = []
    for kind in KINDS:
        build = Build(server, binaries, kind, rows)
        build.measure()
        builds.append(build)
    print(f"\nBuilds on {rows:,} rows, {server.versions()}, all settings of the server at their defaults\n")
    print_table(
        ["index", "how", "s (median)", "n", ""], [build.row(variant) for build in builds for variant in NAMES]
    )


if __name__ == "__main__":
    main()
