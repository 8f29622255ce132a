"""What other lists and probes would find, as one pass computes it, against indexes that are built with them; and the light check
against the measurement.

All of it is for vectors with structure that no row has, the same each time, so that only the index differs.
"""

import os
import tempfile
import time

import numpy as np
import vecs
from bench_processes import ServerProcesses
from bench_recall_growth import DIMENSIONS, structured
from bench_server import Vecsteward, print_table, verdict
from bench_vectors import add_rows, lists

DATABASE = "recall_what_if"
NAME = "asked"
PLACE = f"vecs.{NAME}"
QUERIES = 300
REPETITIONS = 3
PROBES = [1, 2, 3, 5, 10, 20]
# Beyond this share of the lists the planner may leave the index.
MOST = 0.5
# By how much the recall of a build may differ from the one that was computed, and for how many pairs that is shown.
GOAL, PAIRS = 0.03, 12


def measure(server, binaries, rows):
    """Prints both comparisons, for a collection with twice so many rows."""
    rows *= 2
    make(server, rows)
    vecsteward = Vecsteward(binaries, server, DATABASE)
    file, path = tempfile.mkstemp(dir=os.environ.get("VECSTEWARD_SCRATCH"), suffix=".npy")
    with os.fdopen(file, "wb") as output:
        np.save(output, structured(10**9, QUERIES, topics=0))
    compare_builds(server, vecsteward, rows, path)
    compare_light(server, vecsteward, rows, path)


def make(server, rows):
    """Makes the collection, without an index."""
    server.create_database(DATABASE)
    with vecs.create_client(server.url(DATABASE)) as client:
        client.get_or_create_collection(name=NAME, dimension=DIMENSIONS)
    connection = server.connect(DATABASE)
    cursor = connection.cursor()
    for first in range(0, rows, 5_000):
        add_rows(cursor, NAME, first, structured(first, min(5_000, rows - first), topics=0))
    cursor.execute("SELECT pg_stat_force_next_flush()")
    cursor.execute(f"VACUUM ANALYZE {PLACE}")
    connection.close()


def build(server, method, parameters):
    """Puts an index in the place of the present one. Returns the seconds."""
    connection = server.connect(DATABASE)
    cursor = connection.cursor()
    cursor.execute("SET maintenance_work_mem = '1GB'")
    cursor.execute("DROP INDEX IF EXISTS vecs.built")
    start = time.perf_counter()
    cursor.execute(f"CREATE INDEX built ON {PLACE} USING {method} (vec vector_cosine_ops) WITH ({parameters})")
    seconds = time.perf_counter() - start
    connection.close()
    return seconds


def compare_builds(server, vecsteward, rows, queries):
    """Prints what the pass says of lists and probes, and what indexes built with them find."""
    build(server, "ivfflat", f"lists = {lists(rows)}")
    asked = vecsteward.recall(PLACE, "--queries", queries, "--what-if", "--budget", "120s")
    grid = {(cell["lists"], cell["probes"]): cell["recall"] for cell in asked["whatIf"]}
    table, errors, seconds = [], [], 0.0
    for number in sorted({number for number, _ in grid}):
        start = time.perf_counter()
        build(server, "ivfflat", f"lists = {number}")
        for probes in PROBES:
            if probes > MOST * number or (number, probes) not in grid:
                continue
            computed = grid[number, probes]
            found = vecsteward.recall(PLACE, "--queries", queries, "--probes", str(probes))["recall"]
            errors.append(abs(computed - found))
            table.append((number, probes, f"{computed:.3f}", f"{found:.3f}", f"{computed - found:+.3f}"))
        seconds += time.perf_counter() - start
    print(
        f"\nWhat `vecsteward recall --what-if` computes from one pass over {rows:,} vectors of {DIMENSIONS} dimensions with"
        f" structure, and what indexes built with these lists find, for {QUERIES} vectors that no row has\n"
    )
    print_table(["lists", "probes", "recall@10 computed", "recall@10 of a build", "difference"], table)
    is_shown = verdict(max(errors) <= GOAL and len(errors) >= PAIRS, f"{GOAL} for at least {PAIRS} pairs")
    print(
        f"\n{len(errors)} pairs, the largest difference {max(errors):.3f} ({is_shown}). Computed in"
        f" {asked['elapsedSeconds']:.1f} s with the measurement; built and measured in {seconds:.0f} s."
    )


def compare_light(server, vecsteward, rows, queries):
    """Prints what the light check says and takes, beside the measurement."""
    processes = ServerProcesses(server)
    table = []
    # Ten times as many probes still have to be few enough for the planner to take the index.
    indexes = [
        ("ivfflat", f"lists = {4 * lists(rows)}", ["--probes", "4"]),
        ("hnsw", "m = 16, ef_construction = 64", ["--ef-search", "40"]),
    ]
    for method, parameters, effort in indexes:
        build(server, method, parameters)
        for how, light in [("the measurement", []), ("the light check", ["--light"])]:
            options = [*effort, *light]
            reports, served = [], []
            for _ in range(REPETITIONS):
                before = processes.seconds()
                reports.append(vecsteward.recall(PLACE, "--queries", queries, *options))
                served.append(processes.seconds() - before)
            recall = np.median([report["recall"] for report in reports])
            clock = np.median([report["elapsedSeconds"] for report in reports])
            of_table = np.median([report["passSeconds"] or 0 for report in reports])
            table.append(
                (f"{method}, {' '.join(effort)}", how, f"{recall:.3f}", f"{clock:.2f}", f"{of_table:.2f}", f"{np.median(served):.2f}")
            )
    processes.connection.close()
    print(
        f"\nThe light check of `vecsteward recall --light` against the measurement, on the same {rows:,} rows and for the same"
        f" {QUERIES} vectors, medians of {REPETITIONS}\n"
    )
    columns = ["index, setting", "how", "recall@10", "s by the clock", "s of the pass over the table"]
    print_table([*columns, "s of the server's processes"], table)
