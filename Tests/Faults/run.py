"""Lets faults happen at random to vecsteward, under writers and searchers, and counts what came of it: see scripts/test-faults.

usage: run.py --scratch FOLDER --version 16|18 --binaries FOLDER --program FILE --minutes N [--seed N]
"""

import signal

# Ctrl-C ends it without a stack trace, also while it loads the rest.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import argparse  # noqa: E402
import collections  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402

import psycopg2  # noqa: E402

import faults  # noqa: E402
import place  # noqa: E402
from traffic import Client, Outage, Probe  # noqa: E402

CLIENTS = 4
# What a daemon may take at its most, of a debug build with one database; what grows with each fault passes that soon.
MOST_MEMORY = 160 * 1024
MOST_DESCRIPTORS = 64
MOST_THREADS = 64
# How long the work that is left may take once the faults are over, in seconds.
PATIENCE = 300
# A build that waits for the measurement of its old index has to leave it the time: nothing is measured while a build is due.
WITHOUT_PAUSES = """
    UPDATE vecsteward.job AS job SET not_before = NULL
    WHERE state = 'waiting'
        AND NOT (
            lane = 'build'
            AND EXISTS (
                SELECT FROM vecsteward.job AS other
                WHERE other.lane = 'background' AND other.finished_at IS NULL AND other.state <> 'waiting'
            )
        )
"""

LEFTOVERS = """
    SELECT class.relname
    FROM pg_class AS class JOIN pg_index AS index ON index.indexrelid = class.oid
    WHERE class.relkind IN ('i', 'I')
        AND (
            class.relname LIKE 'vecsteward\\_%'
            OR NOT index.indisvalid AND class.relname NOT LIKE 'person%'
        )
"""
TWICE = """
    SELECT count(*)
    FROM (
        SELECT FROM vecsteward.job
        WHERE state = 'done' AND kind = 'rebuild_index' AND index_oid IS NOT NULL
        GROUP BY table_schema, table_name, index_oid, index_relfilenode HAVING count(*) > 1
    ) AS again
"""


class World:
    """All that a fault may lay hands on."""

    def __init__(self, options):
        self.program = options.program
        self.server = place.Server(options.scratch, options.version, options.binaries)
        self.tables = place.collections()
        self.script = place.prepare(self.server, options.program, options.scratch, self.tables)
        self.outage = Outage()
        self.probe = Probe(self.server)
        self.relay = place.Relay(self.server.settings["port"])
        # One comes by way of the relay, the other one directly.
        self.daemons = [
            place.Daemon(options.program, self.server, options.scratch, 1, self.relay.port),
            place.Daemon(options.program, self.server, options.scratch, 2, self.server.settings["port"]),
        ]
        self.complaints = []
        self.threads = []
        self.most = [0, 0, 0]

    def complain(self, words):
        self.complaints.append(words)

    def running(self):
        return [daemon for daemon in self.daemons if daemon.is_running]

    def grant(self):
        self.server.run(self.script)

    def command(self, *words):
        return faults.start(self, *words)

    def indexes(self, condition):
        """Valid vector indexes, with the names by which SQL knows them, and their tables."""
        return self.server.run(
            "SELECT class.oid, quote_ident(class.relname), index.indrelid::int8 FROM pg_index AS index "
            "JOIN pg_class AS class ON class.oid = index.indexrelid "
            f"WHERE class.relam >= 16384 AND class.relkind = 'i' AND index.indisvalid {condition}"
        )

    def meanwhile(self, role, action):
        """Does something in a session of its own, in the background."""

        def run():
            try:
                session = self.server.connect(role, "somebody")
            except psycopg2.Error:
                return
            with session.cursor() as cursor:
                faults.run_quietly(session, cursor, action)
            session.close()

        self.threads = [thread for thread in self.threads if thread.is_alive()]
        self.threads.append(threading.Thread(target=run, daemon=True))
        self.threads[-1].start()

    def weigh(self):
        """Notes the most that a daemon has taken."""
        for daemon in self.running():
            try:
                self.most = [max(pair) for pair in zip(self.most, daemon.figures())]
            except (OSError, TypeError):
                continue

    def check_daemons(self):
        """A daemon outlives everything but the signals that it is sent."""
        for daemon in self.daemons[:1]:
            if not daemon.is_running:
                self.complain(f"the daemon has ended by itself:\n{daemon.tail()}")
                daemon.start()


def let_faults_happen(world, numbers, minutes):
    """The faults by their names, with how often each came."""
    counts = collections.Counter()
    functions, weights = zip(*faults.FAULTS)
    end = time.monotonic() + 60 * minutes
    # Each once, before any comes again, so that a short run has all of them.
    order = list(functions)
    numbers.shuffle(order)
    while time.monotonic() < end:
        function = order.pop() if order else numbers.choices(functions, weights)[0]
        try:
            function(world, numbers)
            counts[function.__name__] += 1
        except psycopg2.Error:
            # It met another one.
            counts[f"{function.__name__} (refused)"] += 1
        except subprocess.TimeoutExpired as error:
            world.complain(f"{function.__name__}: {error}")
        world.check_daemons()
        world.weigh()
        time.sleep(numbers.uniform(0, 0.6))
    return counts


def heal(world):
    """Ends the faults, and lets a person set right what only a person may."""
    world.relay.is_silent.clear()
    for thread in world.threads:
        thread.join(timeout=60)
    if world.daemons[1].is_running:
        world.daemons[1].end()
    world.grant()
    for name in world.server.run(
        "SELECT quote_ident(class.relname) FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid "
        "WHERE NOT index.indisvalid AND class.relname LIKE 'person%'"
    ):
        world.server.run(f"DROP INDEX {name[0]}")
    settle(world)
    for (job,) in world.server.run("SELECT id FROM vecsteward.job WHERE state = 'failed'"):
        world.command("jobs", "retry", str(job)).wait(timeout=60)
    settle(world)
    # What a person cancelled no rule asks for again.
    for table in world.tables:
        if not has_index(world, table):
            command = world.command("create-index", table.name, "--measure", "cosine_distance")
            if command.wait(timeout=PATIENCE) != 0:
                world.complain(f"create-index {table.name} ended with {command.returncode}")
    settle(world)


def has_index(world, table):
    missing = world.server.number(
        "SELECT count(*) FROM pg_partition_tree('%s'::regclass) AS part WHERE part.isleaf AND NOT EXISTS ("
        "SELECT FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid "
        "WHERE index.indrelid = part.relid AND class.relam >= 16384 AND index.indisvalid AND index.indisready)"
        % table.quoted.replace("'", "''")
    )
    # A plain table is no partition tree of its own before PostgreSQL 18.
    return missing == 0 and (table.partitions or world.server.number(
        "SELECT count(*) FROM pg_index AS index JOIN pg_class AS class ON class.oid = index.indexrelid "
        "WHERE index.indrelid = '%s'::regclass AND class.relam >= 16384 AND index.indisvalid"
        % table.quoted.replace("'", "''")
    ) > 0)


def settle(world):
    """Waits until nothing is left to do, without the pauses between two tries."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        world.check_daemons()
        try:
            world.server.run(WITHOUT_PAUSES)
            if world.server.number("SELECT count(*) FROM vecsteward.job WHERE finished_at IS NULL") == 0:
                if not world.server.run(LEFTOVERS):
                    return
        except psycopg2.Error:
            pass
        time.sleep(0.3)
    world.complain(f"after {PATIENCE} s there is still work left:\n{world.daemons[0].tail()}")


def judge(world, clients):
    """What did not hold, as sentences."""
    wrong = list(world.complaints)
    for client in clients:
        wrong += [f"an operation of a client failed: {error}" for error in client.errors]
    if world.probe.lost:
        wrong.append(f"{len(world.probe.lost)} times a table had lost its last valid index")
        for table in sorted(set(world.probe.lost))[:5]:
            jobs = world.server.run(
                "SELECT job.id, kind, state, is_cancel_requested, end_reason, finished_at::text FROM vecsteward.job AS job "
                f"WHERE table_oid = {table} ORDER BY id DESC LIMIT 12"
            )
            wrong.append(f"table {table} was among them, of the jobs {jobs}")
    wrong += [f"index {name} is left behind" for (name,) in world.server.run(LEFTOVERS)]
    wrong += [f"collection {table.table} has no index" for table in world.tables if not has_index(world, table)]
    if again := world.server.number(TWICE):
        wrong.append(f"{again} indexes were rebuilt twice")
    if failed := world.server.run("SELECT id, failure_message FROM vecsteward.job WHERE state = 'failed'"):
        wrong += [f"job {job} has failed: {message}" for job, message in failed]
    for (most, bound, what) in zip(
        world.most, (MOST_MEMORY, MOST_DESCRIPTORS, MOST_THREADS), ("kB of memory", "descriptors", "threads")
    ):
        if most > bound:
            wrong.append(f"a daemon had {most} {what}, and may have {bound}")
    return wrong


def main():
    parser = argparse.ArgumentParser()
    for name in ("scratch", "version", "binaries", "program"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    print(f"seed {options.seed}, PostgreSQL {options.version}", flush=True)

    world = World(options)
    clients = [Client(world.server, world.tables, options.seed + number, world.outage) for number in range(CLIENTS)]
    world.daemons[0].start()
    world.probe.start()
    for client in clients:
        client.start()
    counts = let_faults_happen(world, place.seeded(options.seed), options.minutes)
    heal(world)
    for thread in (*clients, world.probe):
        thread.is_over.set()
        thread.join(timeout=60)
    world.weigh()
    wrong = judge(world, clients)
    status = world.daemons[0].end()
    if status != 0:
        wrong.append(f"the daemon ended with {status}:\n{world.daemons[0].tail()}")

    jobs = world.server.run("SELECT kind, state, count(*) FROM vecsteward.job GROUP BY kind, state ORDER BY kind, state")
    print("faults: " + ", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    print("jobs: " + ", ".join(f"{kind} {state} {count}" for kind, state, count in jobs))
    print(
        f"client operations: {sum(client.operations for client in clients):,}, "
        f"{sum(len(client.errors) for client in clients)} errors, "
        f"{sum(client.interrupted for client in clients)} interrupted while the server was away, "
        f"the longest {max(client.longest for client in clients):.1f} s"
    )
    print(f"catalog polls: {world.probe.polls:,}, {len(world.probe.lost)} with a table that had lost its last valid index")
    memory, descriptors, threads = world.most
    print(f"the most of a daemon: {memory / 1024:.0f} MiB, {descriptors} descriptors, {threads} threads")
    for words in wrong:
        print(f"FAILED: {words}")
    print(f"{0 if wrong else 1} passed, {1 if wrong else 0} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
