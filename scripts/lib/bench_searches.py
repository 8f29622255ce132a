"""Measures what it adds to a poll of many collections to read their searches from pg_stat_statements.

usage: bench_searches.py SERVER_FILE BINARIES COLLECTIONS

The server needs pg_stat_statements with room for more than 5,000 statements.
"""

import statistics
import subprocess
import sys
import time

from bench_collections import make_collections
from bench_server import Server, print_table, verdict

DATABASE = "searched"
ROUNDS = 7

server, binaries, collections = Server(sys.argv[1]), sys.argv[2], int(sys.argv[3])
# One of each collection, so that the collections with searches tell how many statements have been read.
statements = min(5_000, collections)


RELATIONS = "SELECT oid, relname FROM pg_class"
COUNTERS = "SELECT userid, queryid, toplevel, calls, total_exec_time, rows FROM pg_stat_statements(false)"


def floor(*statements):
    """The milliseconds of psql for the least that has to be read."""
    command = ["psql", "-XqAt", "-d", server.conninfo(DATABASE)]
    for statement in statements:
        command += ["-c", statement]
    start = time.perf_counter()
    subprocess.run(command, env=server.environment, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def polls(count, *arguments):
    """Of each poll of a new process the milliseconds, those of its searches, and how many collections have some."""
    output = subprocess.run(
        [f"{binaries}/poll-benchmark", str(count), *arguments],
        env=dict(server.environment, BENCHMARK_DATABASE=server.conninfo(DATABASE)),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    lines = [line.split() for line in output.splitlines()]
    return [(float(line[0]), float(line[2]), int(line[3])) for line in lines]


def search(number):
    """A search as the vecs client writes it, with a filter."""
    place = f"vecs.c{number}"
    return (
        f"SELECT {place}.id FROM {place} WHERE {place}.metadata @> CAST('{{}}' AS JSONB) "
        f"ORDER BY {place}.vec <=> '[1,2,3,4,5,6,7,8]' LIMIT 10"
    )


def make_searches():
    """Searches one collection after the other, and says how many statements the server then counts."""
    connection = server.connect(DATABASE)
    cursor = connection.cursor()
    cursor.execute("SELECT pg_stat_statements_reset()")
    for number in range(statements):
        cursor.execute(search(number + 1))
    cursor.execute("SELECT count(*) FROM pg_stat_statements(false)")
    counted = cursor.fetchone()[0]
    connection.close()
    return counted


make_collections(server, DATABASE, collections)
server.query(DATABASE, "CREATE EXTENSION pg_stat_statements")
counted = make_searches()

# Taken in turns, so that a disturbance meets all of them alike.
floors, counted_floors, warm, cold, read, first, added, added_first = [], [], [], [], [], [], [], []
for _ in range(ROUNDS):
    floors.append(floor(RELATIONS))
    counted_floors.append(floor(RELATIONS, COUNTERS))
    begin, *rest = polls(4)
    cold.append(begin[0])
    warm += [one[0] for one in rest]
    reading = polls(8, "searches")
    # A poll that has no time for more texts leaves them to the next one.
    last = next((number for number, one in enumerate(reading) if one[2] == statements), len(reading))
    first.append(sum(one[0] for one in reading[: last + 1]))
    added_first.append(sum(one[1] for one in reading[: last + 1]))
    steady = reading[last + 1 :][:3]
    if not steady:
        raise SystemExit(f"only {reading[-1][2]} of {statements} statements are read after {len(reading)} polls")
    read += [one[0] for one in steady]
    added += [one[1] for one in steady]

median = statistics.median
low, counted_low = median(floors), median(counted_floors)
rows = [
    (f"floor: {RELATIONS} by psql", low, ""),
    ("floor with the counters: also those of pg_stat_statements(false)", counted_low, f"{counted_low / low:.1f} x the floor"),
    ("one poll without searches, connection open", median(warm), f"{median(warm) / low:.1f} x the floor"),
    (
        "one poll with searches, none of them new",
        median(read),
        f"{median(read) / counted_low:.1f} x the floor with the counters "
        f"({verdict(median(read) <= 3 * counted_low, '3')}), {median(read) / low:.1f} x the other",
    ),
    ("of it for the searches", median(added), f"{median(added) / low:.1f} x the floor"),
    ("one poll without searches, first of its connection", median(cold), f"{median(cold) / low:.1f} x the floor"),
    ("first polls with searches, all of them new", median(first), f"{median(first) / low:.1f} x the floor"),
    (
        "of it for the searches",
        median(added_first),
        f"{median(added_first) / counted:.2f} ms for each statement",
    ),
]
print(
    f"\nPolling {collections:,} collections with {counted:,} statements in pg_stat_statements, nearly all of them searches, "
    f"{server.versions()}, medians\n"
)
print_table(["what", "ms", ""], [(name, f"{milliseconds:.0f}", ratio) for name, milliseconds, ratio in rows])
