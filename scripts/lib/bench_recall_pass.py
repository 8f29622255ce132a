"""The cost of finding the nearest rows of 100 vectors: by vecsteward's pass over the table, and by exact searches in the server.

Then the cost of measuring recall: by vecsteward and by vhecfsck, which reads all vectors into Python.
"""

import json
import statistics
import time

from bench_processes import ServerProcesses, run
from bench_server import Vecsteward, print_table, verdict
from bench_vectors import lists, make_collection, make_index

DATABASE = "recall_pass"
QUERIES = 100
K = 10
REPETITIONS = 3
# Dimensions, how many rows for each one that was asked for, and whether the goal is for them.
SIZES = [(128, 4, False), (256, 2, True), (1536, 1, True)]
# The most of the server's time for exact searches that the pass may take from it.
GOAL = 0.1
EXACT, PASS, WHOLE = "100 exact searches in the server", "one pass of vecsteward", "all of `vecsteward recall`"


class Nowhere:
    """A file that keeps nothing."""

    def write(self, data):
        return len(data)


class Costs:
    """One collection, and what each way took: the seconds of the server's processes, and those by the clock."""

    def __init__(self, server, vecsteward, rows, dimensions):
        self.server, self.vecsteward = server, vecsteward
        self.rows, self.dimensions = rows, dimensions
        self.name = f"of_{dimensions}"
        make_collection(server, DATABASE, self.name, rows, dimensions)
        make_index(server, DATABASE, self.name, "ivfflat", rows)
        self.processes = ServerProcesses(server)
        self.connection = server.connect(DATABASE)
        self.cursor = self.connection.cursor()
        # Everything else is as shipped, so the server may take several processes for a search.
        self.cursor.execute("SET enable_indexscan = off")
        self.cursor.execute(f"SELECT vec::text FROM vecs.{self.name} ORDER BY md5(id) LIMIT {QUERIES}")
        self.queries = [text for (text,) in self.cursor.fetchall()]
        self.taken = {EXACT: [], PASS: [], WHOLE: []}

    def close(self):
        self.connection.close()
        self.processes.connection.close()

    def measure(self):
        # What is read for the first time is read from the disk.
        self.copy()
        # In turns, so that a disturbance meets all of them alike.
        for _ in range(REPETITIONS):
            self.taken[EXACT].append(self.timed(self.search))
            command = self.vecsteward.command("recall", f"vecs.{self.name}", "--format", "json")
            before = self.processes.seconds()
            done = run(command, self.server.environment)
            if done.status != 0:
                raise SystemExit(f"vecsteward recall failed:\n{done.errors}")
            self.taken[WHOLE].append((self.processes.seconds() - before, done.wall))
            # Which part of the server's time belongs to the pass cannot be seen from outside. It is that of its statement.
            copied, _ = self.timed(self.copy)
            self.taken[PASS].append((copied, json.loads(done.output)["passSeconds"]))

    def timed(self, work):
        before, start = self.processes.seconds(), time.perf_counter()
        work()
        end = time.perf_counter()
        return self.processes.seconds() - before, end - start

    def search(self):
        for query in self.queries:
            self.cursor.execute(f"SELECT id FROM vecs.{self.name} ORDER BY vec <=> %s::vector LIMIT {K}", [query])
            self.cursor.fetchall()

    def copy(self):
        self.cursor.copy_expert(f"COPY vecs.{self.name} (vec) TO STDOUT (FORMAT binary)", Nowhere())

    def table_rows(self, is_goal):
        median = {how: tuple(map(statistics.median, zip(*taken))) for how, taken in self.taken.items()}
        for how, (served, wall) in median.items():
            words = ""
            if how != EXACT:
                share, longer = served / median[EXACT][0], wall / median[EXACT][1]
                of_server, by_clock = f"{share:.3f} of the server's time", f"{longer:.2f} of the time by the clock"
                if how == PASS:
                    if is_goal:
                        of_server += f" ({verdict(share <= GOAL, f'{GOAL}')})"
                    by_clock += f" ({verdict(longer <= 1, '1')})"
                words = f"{of_server}, {by_clock}"
            yield f"{self.rows:,} of {self.dimensions}", how, f"{served:.2f}", f"{wall:.2f}", words


def measure(server, binaries, rows):
    """Prints what the exact searches and the pass take."""
    server.create_database(DATABASE)
    vecsteward = Vecsteward(binaries, server, DATABASE)
    table = []
    for dimensions, factor, is_goal in SIZES:
        costs = Costs(server, vecsteward, rows * factor, dimensions)
        costs.measure()
        costs.close()
        table += costs.table_rows(is_goal)
    print(
        f"\nThe {K} nearest rows of {QUERIES} vectors, {server.versions()}, shared_buffers 1 GB, no autovacuum, all else as"
        f" shipped, medians of {REPETITIONS}\n"
    )
    print_table(["vectors, dimensions", "how", "s of the server's processes", "s by the clock", ""], table)


def compare(server, binaries, rows, vhecfsck):
    """Prints what vecsteward and vhecfsck take for one table."""
    dimensions, factor = 256, 2
    make_items(server, rows * factor, dimensions)
    processes = ServerProcesses(server)
    vecsteward = Vecsteward(binaries, server, DATABASE)
    host, port = server.options["host"], server.options["port"]
    # The password is in the environment.
    address = f"postgresql://postgres@{host}:{port}/{DATABASE}?schema=public&table=items&column=vec&id_column=id"
    # Without its other measures, as far as it does without them: it always reads a sample for one of them.
    options = ["--only", "canary_recall", "--hubness-sample", "10", "--queries", str(QUERIES), "--k", str(K)]
    ways = {
        "`vecsteward recall`": (
            vecsteward.command(
                "recall", "public.items", "--probes", "10", "--queries", str(QUERIES), "--k", str(K), "--format", "json"
            ),
            lambda report: report["recall"],
        ),
        "`vhecfsck audit`": (
            [vhecfsck, "audit", address, *options, "--nprobe", "10", "--format", "json", "--no-progress"],
            canary,
        ),
    }
    taken = {how: [] for how in ways}
    failed = {}
    for _ in range(REPETITIONS):
        for how, (command, recall) in ways.items():
            before = processes.seconds()
            done = run(command, server.environment)
            served = processes.seconds() - before
            try:
                taken[how].append((recall(json.loads(done.output)), done.wall, done.own, served, done.memory_mib))
            except LookupError as error:
                failed[how] = str(error)
            except ValueError:
                failed[how] = (done.errors.strip() or f"exit status {done.status}").splitlines()[-1]
    processes.connection.close()
    table = []
    for how, runs in taken.items():
        if not runs:
            table.append((how, "fails", "", "", "", "", failed[how]))
            continue
        recall, *others = map(statistics.median, zip(*runs))
        formats = ["{:.2f}", "{:.2f}", "{:.2f}", "{:.0f}"]
        table.append((how, f"{recall:.3f}", *(text.format(other) for text, other in zip(formats, others)), ""))
    if all(taken.values()):
        by_vecsteward, by_other = (statistics.median(one[1] for one in taken[how]) for how in ways)
        table[0] = (*table[0][:-1], f"{by_other / by_vecsteward:.1f} x faster")
    print(
        f"\nThe recall of an IVFFlat index with {lists(rows * factor)} lists at probes 10, on {rows * factor:,} random vectors"
        f" of {dimensions} dimensions, for {QUERIES} stored vectors, medians of {REPETITIONS}\n"
    )
    columns = ["measured by", f"recall@{K}", "s by the clock", "s of the program", "s of the server's processes"]
    print_table([*columns, "memory of the program, MiB", ""], table)


def canary(report):
    """The recall in a report of vhecfsck."""
    found = next(one for one in report["metrics"] if one["id"] == "canary_recall")
    if found["value"] is None:
        raise LookupError(found["unavailable_reason"])
    return found["value"]


def make_items(server, rows, dimensions):
    """Makes a table that both can read: vhecfsck takes only numbers as ids, and takes it for granted that vectors have length 1."""
    # Of vectors with clusters the index would find all.
    make_collection(server, DATABASE, "loaded", rows, dimensions, has_clusters=False)
    connection = server.connect(DATABASE)
    cursor = connection.cursor()
    cursor.execute(
        f"CREATE TABLE items (id bigint PRIMARY KEY, vec vector({dimensions}) NOT NULL);"
        "INSERT INTO items SELECT id::bigint, l2_normalize(vec) FROM vecs.loaded ORDER BY id;"
        "DROP TABLE vecs.loaded"
    )
    cursor.execute(f"CREATE INDEX ON items USING ivfflat (vec vector_cosine_ops) WITH (lists = {lists(rows)})")
    cursor.execute("SELECT pg_stat_force_next_flush()")
    cursor.execute("VACUUM ANALYZE items")
    connection.close()
