"""Measures how long the index of a collection takes to build: by the vecs client, by hand, and by vecsteward.

usage: bench_builds.py SERVER_FILE BINARIES ROWS
"""

import statistics
import sys
import time

import psycopg2
import vecs
from bench_server import Server, Vecsteward, print_table, verdict
from bench_vectors import make_collection

DATABASE = "builds"
BUILDS = [("hnsw", 1536), ("hnsw", 384), ("ivfflat", 1536)]
VECS, BY_HAND, SAME_SETTINGS, VECSTEWARD = range(4)
NAMES = {
    VECS: "vecs `create_index()`",
    BY_HAND: "`CREATE INDEX CONCURRENTLY`, default settings",
    SAME_SETTINGS: "`CREATE INDEX CONCURRENTLY`, vecsteward's settings",
    VECSTEWARD: "vecsteward, from queue to swap",
}


def repetitions(seconds):
    """How often a build that takes this long is measured."""
    return 5 if seconds < 30 else 3 if seconds < 60 else 1


class Build:
    """One index in four ways, each on the same table without an index."""

    def __init__(self, server, binaries, method, rows, dimensions):
        self.server, self.method, self.rows, self.dimensions = server, method, rows, dimensions
        self.name = f"{method}_{dimensions}"
        make_collection(server, DATABASE, self.name, rows, dimensions)
        self.vecsteward = Vecsteward(
            binaries,
            server,
            DATABASE,
            index={"method": method},
            rules={"unindexed": {"mode": "off"}},
            collections=[{"match": f"vecs.{self.name}", "rules": {"unindexed": {"mode": "act"}}}],
        )
        statements = next(
            job["statements"] for job in self.vecsteward.report()["jobs"] if job["collection"] == f"vecs.{self.name}"
        )
        self.settings = [statement for statement in statements if statement.startswith("SET ")]
        self.statement = next(statement for statement in statements if statement.startswith("CREATE INDEX"))
        self.seconds = {variant: [] for variant in NAMES}
        self.errors = {}

    def measure(self):
        variants = list(NAMES)
        for turn in range(5):
            # In turns, so that a disturbance meets all of them alike.
            for variant in variants[turn % 4 :] + variants[: turn % 4]:
                if variant not in self.errors and turn < repetitions(max(self.seconds[variant], default=0)):
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
            collection = client.get_or_create_collection(name=self.name, dimension=self.dimensions)
            start = time.perf_counter()
            collection.create_index(
                method=vecs.IndexMethod(self.method), measure=vecs.IndexMeasure.cosine_distance
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
        builds = [seconds for kind, _, seconds in self.vecsteward.run_once() if kind == "create_index"]
        if len(builds) != 1:
            raise SystemExit(f"vecsteward carried out {len(builds)} builds of {self.name}, and one was expected")
        return builds[0]

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
        title = f"{self.method}, {self.dimensions} dimensions"
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
            if self.method == "hnsw" and self.dimensions == 1536:
                words[-1] += f" ({verdict(factor >= 7, '7')})"
        more = median[VECSTEWARD] / median[SAME_SETTINGS] * 100 - 100
        words.append(f"{more:+.1f} % of the same by hand ({verdict(more <= 5, '5 %')})")
        return "; ".join(words)


def main():
    server, binaries, rows = Server(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    server.create_database(DATABASE)
    builds = []
    for method, dimensions in BUILDS:
        build = Build(server, binaries, method, rows, dimensions)
        build.measure()
        builds.append(build)
    print(f"\nBuilds on {rows:,} rows, {server.versions()}, all settings of the server at their defaults\n")
    print_table(
        ["index", "how", "s (median)", "n", ""], [build.row(variant) for build in builds for variant in NAMES]
    )


if __name__ == "__main__":
    main()
