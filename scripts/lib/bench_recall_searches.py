"""The latency of the searches of a vecs client, with and without a measurement of recall beside them."""

import statistics
import subprocess
import sys
import time

import numpy as np
import vecs
from bench_clients import Client
from bench_server import Vecsteward, print_table, verdict
from bench_vectors import make_collection, make_index, vectors

DATABASE = "recall_searches"
DIMENSIONS = 256
WARM_UP = 100
SECONDS = 4
REPETITIONS = 3
# The most by which the 95th percentile may grow.
GOAL = 1.5
NONE, BUSY, MEASURED = "nothing", "one other process that only computes", "`vecsteward recall`, again and again"


def search(url, name, warm, stop, results):
    """Searches one vector after the other, and sends when each search began and ended."""
    pool = vectors(1, 500, DIMENSIONS)
    client = vecs.create_client(url)
    collection = client.get_or_create_collection(name=name, dimension=DIMENSIONS)
    times = []
    while not stop.is_set():
        begin = time.monotonic()
        collection.query(data=pool[len(times) % len(pool)], limit=10)
        times.append((begin, time.monotonic()))
        if len(times) == WARM_UP:
            warm.set()
    results.send(times)
    client.disconnect()


class Beside:
    """What runs beside the searches of one collection, and how long they then take."""

    def __init__(self, server, vecsteward, method, rows):
        self.server, self.vecsteward, self.method, self.rows = server, vecsteward, method, rows
        self.name = f"by_{method}"
        make_collection(server, DATABASE, self.name, rows, DIMENSIONS)
        make_index(server, DATABASE, self.name, method, rows)
        self.seen = {how: [] for how in (NONE, BUSY, MEASURED)}
        self.measurements = 0

    def measure(self):
        hows = list(self.seen)
        for turn in range(REPETITIONS):
            # In turns, so that a disturbance meets all of them alike.
            for how in hows[turn % 3 :] + hows[: turn % 3]:
                beside = {NONE: self.wait, BUSY: self.keep_busy, MEASURED: self.keep_measuring}[how]
                with Client(search, self.server.url(DATABASE), self.name) as client:
                    begin = time.monotonic()
                    beside()
                    end = time.monotonic()
                self.seen[how] += client.durations(begin, end)

    def wait(self):
        time.sleep(SECONDS)

    def keep_busy(self):
        """What any program does to searches that computes on one processor."""
        other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            self.wait()
        finally:
            other.kill()
            other.wait()

    def keep_measuring(self):
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            self.vecsteward.recall(f"vecs.{self.name}")
            self.measurements += 1

    def table_rows(self):
        still = np.percentile(self.seen[NONE], 95)
        for how, seen in self.seen.items():
            slow = np.percentile(seen, 95)
            words = "" if how == NONE else f"{slow / still:.2f} x with nothing beside"
            if how == MEASURED:
                words += f" ({verdict(slow <= GOAL * still, f'{GOAL}')}), {self.measurements} measurements"
            yield (
                f"{self.method}, {self.rows:,} rows",
                how,
                f"{len(seen):,}",
                f"{statistics.median(seen) * 1000:.1f}",
                f"{slow * 1000:.1f}",
                words,
            )


def measure(server, binaries, rows):
    """Prints the latencies."""
    server.create_database(DATABASE)
    vecsteward = Vecsteward(binaries, server, DATABASE)
    table = []
    for method in ("ivfflat", "hnsw"):
        beside = Beside(server, vecsteward, method, rows)
        beside.measure()
        table += beside.table_rows()
    print(
        f"\nSearches of a vecs client for 10 rows of {DIMENSIONS} dimensions, one after the other, in {REPETITIONS} times"
        f" {SECONDS} s\n"
    )
    print_table(["index", "beside them runs", "searches", "ms (median)", "ms (95th percentile)", ""], table)
