"""Measures what a poll of many collections costs, against psql and the vecs client.

usage: bench_polling.py SERVER_FILE BINARIES COLLECTIONS
"""

import statistics
import subprocess
import sys
import time

import vecs
from bench_collections import make_collections
from bench_server import Server, print_table, verdict

server, binaries, collections = Server(sys.argv[1]), sys.argv[2], int(sys.argv[3])


def run(command):
    """The milliseconds from the start of a process to its end."""
    start = time.perf_counter()
    subprocess.run(command, env=server.environment, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def floor(database):
    return run(["psql", "-XqAt", "-d", server.conninfo(database), "-c", "SELECT oid, relname FROM pg_class"])


def dry_run(database):
    return run([f"{binaries}/vecsteward", "--dry-run", "--database", server.conninfo(database)])


def import_of_vecs():
    return run([sys.executable, "-c", "import vecs"])


def polls(database, count):
    output = subprocess.run(
        [f"{binaries}/poll-benchmark", str(count)],
        env=dict(server.environment, BENCHMARK_DATABASE=server.conninfo(database)),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [float(line.split()[0]) for line in output.splitlines()]


def vecs_loop(database):
    """What the client itself offers: every collection, its rows and its index."""
    client = vecs.create_client(server.url(database))
    start = time.perf_counter()
    for collection in client.list_collections():
        len(collection)
        collection.index
    return (time.perf_counter() - start) * 1000


make_collections(server, "large", collections)
make_collections(server, "small", 1000)

# Taken in turns, so that a disturbance meets all of them alike.
floors, warm, cold, small, imports = [], [], [], [], []
for _ in range(7):
    floors.append(floor("large"))
    first, *rest = polls("large", 4)
    cold.append(first)
    warm += rest
    small.append(dry_run("small"))
    imports.append(import_of_vecs())
large = [dry_run("large") for _ in range(3)]
loop = vecs_loop("large")

median = statistics.median
over, under = median(warm) / median(floors), loop / median(warm)
rows = [
    ("floor: SELECT oid, relname FROM pg_class by psql", median(floors), ""),
    ("one poll, connection open", median(warm), f"{over:.1f} x the floor ({verdict(over <= 3, '3')})"),
    ("one poll, first of its connection", median(cold), f"{median(cold) / median(floors):.1f} x the floor"),
    (
        "vecs: list_collections(), len() and .index of each",
        loop,
        f"{under:.0f} x the poll ({verdict(under >= 100, '100')})",
    ),
    ("vecsteward --dry-run, whole process", median(large), f"{loop / median(large):.0f} x less than vecs"),
]
print(f"\nPolling {collections:,} collections, {server.versions()}, medians\n")
print_table(["what", "ms", ""], [(name, f"{milliseconds:.0f}", ratio) for name, milliseconds, ratio in rows])
print("\nPolling 1,000 collections\n")
print_table(
    ["what", "ms", ""],
    [
        ("vecsteward --dry-run, whole process", f"{median(small):.0f}", verdict(median(small) < 150, "150 ms")),
        ("python -c 'import vecs'", f"{median(imports):.0f}", f"{median(imports) / median(small):.1f} x the dry run"),
    ],
)
