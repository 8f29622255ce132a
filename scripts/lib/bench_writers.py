"""Measures how long the upserts of a vecs client stall while the index of their collection is rebuilt.

usage: bench_writers.py SERVER_FILE BINARIES ROWS
"""

import statistics
import subprocess
import sys
import time

import numpy as np
import vecs
from bench_clients import Client
from bench_server import Server, Vecsteward, print_table, verdict
from bench_vectors import make_collection, make_index, vectors

DATABASE = "writers"
DIMENSIONS = 384
RECORDS = 10
WARM_UP = 150
REPETITIONS = 5
# An IVFFlat build is so much faster that it takes more rows to see anything.
FACTORS = {"hnsw": 1, "ivfflat": 5}
NONE, BUSY, VECS = "no rebuild", "no rebuild, two other processes busy", "vecs `create_index()`"
REINDEX, VECSTEWARD = "`REINDEX INDEX CONCURRENTLY`", "vecsteward"

# So low that the writers themselves have the rules ask for a rebuild.
RULES = {
    "outgrown": {"mode": "act", "growthFactor": 1},
    "churned": {"mode": "act", "deadShare": 0.01, "minimumRows": 0},
    "built-too-early": {"mode": "off"},
    "stale-statistics": {"mode": "off"},
}


def write(url, name, rows, warm, stop, results):
    """Upserts as fast as it goes, half of it new records, and sends when each upsert began and ended."""
    numbers = np.random.default_rng(1)
    pool = vectors(1, 2_000, DIMENSIONS)
    client = vecs.create_client(url)
    collection = client.get_or_create_collection(name=name, dimension=DIMENSIONS)
    times = []
    while not stop.is_set():
        ids = numbers.choice(2 * rows, size=RECORDS, replace=False)
        records = [(f"{number:08}", pool[number % len(pool)], {}) for number in ids]
        begin = time.monotonic()
        collection.upsert(records=records)
        times.append((begin, time.monotonic()))
        if len(times) == WARM_UP:
            warm.set()
    results.send(times)
    client.disconnect()


class Rebuilds:
    """The rebuilds of one kind of index, and what the writers saw of each."""

    def __init__(self, server, binaries, method, rows):
        self.server, self.binaries, self.method = server, binaries, method
        self.rows = rows * FACTORS[method]
        self.made = 0
        self.span = 0
        self.stalls = {how: [] for how in (NONE, BUSY, VECS, REINDEX, VECSTEWARD)}
        self.durations = {how: [] for how in self.stalls}
        self.counts = {how: [] for how in self.stalls}
        self.lengths = {how: [] for how in self.stalls}

    def measure(self):
        # Without a rebuild it is measured for as long as vecsteward took just before.
        turns = [[VECSTEWARD, NONE, BUSY], [REINDEX], [VECS]]
        for turn in range(REPETITIONS):
            for hows in turns[turn % 3 :] + turns[: turn % 3]:
                for how in hows:
                    self.measure_once(how)

    def measure_once(self, how):
        name = self.make()
        rebuild = {
            NONE: self.wait,
            BUSY: self.keep_busy,
            VECS: self.by_vecs,
            REINDEX: self.reindex,
            VECSTEWARD: self.by_vecsteward,
        }[how]
        with Client(write, self.server.url(DATABASE), name, self.rows) as writer:
            begin, end, length = rebuild(name)
        seen = writer.durations(begin, end)
        self.stalls[how].append(max(seen))
        self.durations[how] += seen
        self.counts[how].append(len(seen) / (end - begin))
        self.lengths[how].append(length)
        if how == VECSTEWARD:
            self.span = end - begin
        self.server.query(DATABASE, f"DROP TABLE vecs.{name}")

    def make(self):
        """A new collection with an index, under a name that vecsteward does not remember."""
        self.made += 1
        name = f"{self.method}_{self.made}"
        make_collection(self.server, DATABASE, name, self.rows, DIMENSIONS)
        # No vacuum comes in between, which would be another load, and none in all repetitions.
        self.server.query(DATABASE, f"ALTER TABLE vecs.{name} SET (autovacuum_enabled = off)")
        make_index(self.server, DATABASE, name, self.method, self.rows)
        self.server.query(DATABASE, "CHECKPOINT")
        return name

    def wait(self, name):
        begin = time.monotonic()
        time.sleep(self.span)
        return begin, time.monotonic(), 0

    def keep_busy(self, name):
        """What any two programs do to writers that only compute, as many as an HNSW build has processes on two processors."""
        others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2)]
        try:
            return self.wait(name)
        finally:
            for other in others:
                other.kill()
                other.wait()

    def by_vecs(self, name):
        with vecs.create_client(self.server.url(DATABASE)) as client:
            collection = client.get_or_create_collection(name=name, dimension=DIMENSIONS)
            begin = time.monotonic()
            collection.create_index(
                method=vecs.IndexMethod(self.method), measure=vecs.IndexMeasure.cosine_distance, replace=True
            )
            end = time.monotonic()
        return begin, end, end - begin

    def reindex(self, name):
        query = "SELECT indexname FROM pg_indexes WHERE schemaname = 'vecs' AND tablename = %s AND indexname LIKE 'ix_vector%%'"
        ((index,),) = self.server.query(DATABASE, query, [name])
        begin = time.monotonic()
        self.server.query(DATABASE, f"REINDEX INDEX CONCURRENTLY vecs.{index}")
        end = time.monotonic()
        return begin, end, end - begin

    def by_vecsteward(self, name):
        """Times the whole process, including its poll."""
        vecsteward = Vecsteward(self.binaries, self.server, DATABASE, rules=RULES)
        for _ in range(10):
            begin = time.monotonic()
            jobs = vecsteward.run("run", "--once")
            end = time.monotonic()
            if jobs:
                return begin, end, sum(seconds for _, _, seconds in jobs)
        raise SystemExit(f"vecsteward saw nothing to do about {name}, and a rebuild was expected")

    def table_rows(self):
        still = statistics.median(self.stalls[NONE])
        for how, stalls in self.stalls.items():
            stall = statistics.median(stalls)
            words = "" if how == NONE else f"{stall / still:.1f} x without a rebuild"
            if how == VECSTEWARD:
                words += f" ({verdict(stall <= 2 * still, '2')})"
            length = statistics.median(self.lengths[how])
            yield (
                f"{self.method}, {self.rows:,} rows",
                how,
                f"{length:.1f} s" if length else "-",
                f"{statistics.median(self.counts[how]):.0f}",
                f"{np.percentile(self.durations[how], 99.9) * 1000:.0f} ms",
                f"{stall * 1000:.0f} ms",
                words,
            )


def main():
    server, binaries, rows = Server(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    server.create_database(DATABASE)
    kinds = [Rebuilds(server, binaries, method, rows) for method in FACTORS]
    for kind in kinds:
        kind.measure()
    print(
        f"\nUpserts of {RECORDS} records of {DIMENSIONS} dimensions, one after the other, during a rebuild;"
        f" {server.versions()}, all settings of the server at their defaults, medians of {REPETITIONS}\n"
    )
    print_table(
        ["index", "rebuilt by", "rebuild takes", "upserts a second", "99.9th percentile", "longest stall", ""],
        [row for kind in kinds for row in kind.table_rows()],
    )


if __name__ == "__main__":
    main()
