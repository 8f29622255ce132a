"""What is done to a running vecsteward, each at a random moment.

A fault takes the world and its random numbers. It returns when it is over, except for what it says to go on in the background.
"""

import contextlib
import signal
import subprocess
import os
import time

import psycopg2

from place import APPLICATION, STEWARD, chance

FAULTS = []


def fault(weight=1):
    """Makes a function one of the faults; the weight says how often it is chosen, compared with others."""

    def register(function):
        FAULTS.append((function, weight))
        return function

    return register


# The programs.


@fault(3)
def kill_daemon(world, numbers):
    daemon = chance(numbers, *world.running())
    daemon.end(signal.SIGKILL)
    time.sleep(numbers.uniform(0, 0.5))
    daemon.start()


@fault()
def restart_daemon(world, numbers):
    daemon = chance(numbers, *world.running())
    status = daemon.end()
    if status != 0:
        world.complain(f"a daemon that was stopped in order ended with {status}:\n{daemon.tail()}")
    daemon.start()


@fault()
def freeze_daemon(world, numbers):
    daemon = chance(numbers, *world.running())
    daemon.send(signal.SIGSTOP)
    time.sleep(numbers.uniform(0.5, 3))
    daemon.send(signal.SIGCONT)


@fault()
def second_daemon(world, numbers):
    second = world.daemons[1]
    if second.is_running:
        second.end(chance(numbers, signal.SIGTERM, signal.SIGKILL))
    else:
        second.start()


@fault()
def reload_to_observe(world, numbers):
    daemon = chance(numbers, *world.running())
    daemon.reload("observe")
    time.sleep(numbers.uniform(0.5, 2))
    daemon.reload("maintain")


@fault(2)
def request(world, numbers):
    """A person asks for an index, and perhaps presses Ctrl-C in the middle."""
    table = chance(numbers, *world.tables)
    words = ["create-index", table.name, "--measure", "cosine_distance"]
    if numbers.random() < 0.6:
        words = ["rebuild", table.name]
    command = world.command(*words)
    deadline = time.monotonic() + numbers.uniform(0.2, 6)
    while command.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    if command.poll() is None:
        command.send_signal(chance(numbers, signal.SIGINT, signal.SIGTERM, signal.SIGKILL))
    command.wait(timeout=60)


@fault(2)
def cancel_job(world, numbers):
    jobs = world.server.run(
        "SELECT id, kind, to_regclass(format('%I.%I', table_schema, table_name))::oid::int8 FROM vecsteward.job "
        "WHERE finished_at IS NULL"
    )
    if not jobs:
        return
    job, kind, table = chance(numbers, *jobs)
    # What is cancelled at the end of its build is a valid index, and goes as the person wants it.
    with world.probe.pardon(table) if kind == "create_index" else contextlib.nullcontext():
        world.command("jobs", "cancel", str(job)).wait(timeout=60)
        end = time.monotonic() + 10
        unfinished = f"SELECT count(*) FROM vecsteward.job WHERE id = {job} AND finished_at IS NULL"
        while kind == "create_index" and time.monotonic() < end and world.server.number(unfinished) > 0:
            time.sleep(0.05)


@fault()
def retry_job(world, numbers):
    jobs = world.server.run("SELECT id FROM vecsteward.job WHERE state IN ('failed', 'cancelled') ORDER BY id DESC LIMIT 5")
    if jobs:
        world.command("jobs", "retry", str(chance(numbers, *jobs)[0])).wait(timeout=60)


# The server and the way to it.


@fault(2)
def end_session(world, numbers):
    function = chance(numbers, "pg_terminate_backend", "pg_cancel_backend")
    world.server.run(
        f"SELECT {function}(pid) FROM pg_stat_activity WHERE usename = '{STEWARD}' ORDER BY random() LIMIT 1"
    )


@fault()
def crash_server(world, numbers):
    world.outage.during(world.server.crash_and_start)


@fault()
def silent_network(world, numbers):
    world.relay.is_silent.set()
    time.sleep(numbers.uniform(0.5, 4))
    if numbers.random() < 0.5:
        world.relay.lose_connections()
    world.relay.is_silent.clear()


@fault()
def lost_connections(world, numbers):
    world.relay.lose_connections()


@fault()
def take_lock_of_leader(world, numbers):
    """Anybody may take an advisory lock, when the leader has just gone."""

    def hold(session, cursor):
        cursor.execute("SELECT pg_try_advisory_lock(1986356083, 1937007991)")
        time.sleep(numbers.uniform(1, 3))

    world.meanwhile(APPLICATION, hold)


# Other people's sessions.


@fault(2)
def hold_lock(world, numbers):
    table = chance(numbers, *world.tables)
    mode = chance(numbers, "SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "ACCESS EXCLUSIVE", "ROW EXCLUSIVE")
    seconds = numbers.uniform(0.2, 4)

    def hold(session, cursor):
        cursor.execute("BEGIN; SET LOCAL lock_timeout = '5s'")
        cursor.execute(f"LOCK TABLE {table.quoted} IN {mode} MODE")
        time.sleep(seconds)
        cursor.execute("ROLLBACK")

    world.meanwhile(APPLICATION, hold)


@fault(2)
def hold_snapshot(world, numbers):
    table = chance(numbers, *world.tables)
    seconds = numbers.uniform(1, 6)

    def hold(session, cursor):
        cursor.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM {table.quoted}")
        time.sleep(seconds)
        cursor.execute("COMMIT")

    world.meanwhile(APPLICATION, hold)


@fault(2)
def queue_behind_build(world, numbers):
    table = chance(numbers, *world.tables)
    sql = chance(numbers, f"ANALYZE {table.quoted}", f"VACUUM {table.quoted}", f"VACUUM ANALYZE {table.quoted}")
    world.meanwhile(APPLICATION, lambda session, cursor: cursor.execute(sql))


@fault()
def alter_table(world, numbers):
    table = chance(numbers, *world.tables)
    if table.partitions:
        return

    def alter(session, cursor):
        cursor.execute("SET lock_timeout = '3s'")
        cursor.execute(f"ALTER TABLE {table.quoted} SET (fillfactor = {numbers.randrange(70, 100)})")

    world.meanwhile(APPLICATION, alter)


@fault()
def rename_index(world, numbers):
    indexes = world.indexes("AND NOT class.relispartition")
    if not indexes:
        return
    _, name, _ = chance(numbers, *indexes)
    world.server.run(f'SET lock_timeout = \'3s\'; ALTER INDEX {name} RENAME TO "renamed {numbers.randrange(10**9)}"')


@fault()
def drop_index(world, numbers):
    indexes = world.indexes("AND NOT class.relispartition AND class.relname NOT LIKE 'vecsteward%'")
    if not indexes:
        return
    _, name, table = chance(numbers, *indexes)

    def drop(session, cursor):
        with world.probe.pardon(table):
            cursor.execute(f"DROP INDEX CONCURRENTLY {name}")

    world.meanwhile(APPLICATION, drop)


@fault()
def cancelled_build(world, numbers):
    """A person's build that is cancelled, and leaves an invalid index."""
    table = chance(numbers, *world.tables)
    if table.partitions:
        return

    def build(session, cursor):
        cursor.execute(f"SET statement_timeout = '{numbers.randrange(30, 300)}ms'")
        cursor.execute(
            f"CREATE INDEX CONCURRENTLY person_{numbers.randrange(10**9)} ON {table.quoted} "
            "USING hnsw (embedding vector_l2_ops)"
        )

    world.meanwhile(APPLICATION, build)


@fault()
def revoke(world, numbers):
    sql = chance(numbers, f"REVOKE {APPLICATION} FROM {STEWARD}", f"REVOKE CREATE ON SCHEMA public FROM {STEWARD}")
    world.server.run(sql)
    time.sleep(numbers.uniform(0.5, 3))
    world.grant()


# What becomes of the data.


@fault(3)
def grow(world, numbers):
    """Twice the rows and one more, so that an IVFFlat index is outgrown."""
    table = chance(numbers, *world.tables)
    if table.rows > 20_000:
        return
    world.server.run(table.fill(table.rows + 1, 2 * table.rows + 1), role=APPLICATION)
    table.rows = 2 * table.rows + 1


@fault()
def shrink(world, numbers):
    """The later rows go, and with them the reason of a rebuild."""
    table = chance(numbers, *world.tables)
    if table.rows < 5_000:
        return
    with table.lock:
        table.rows = 3_000
    world.server.run(f"DELETE FROM {table.quoted} WHERE id > 3000", role=APPLICATION)


@fault(2)
def swap_table(world, numbers):
    """A bulk reload: the table makes room for another one of its name, and its index keeps its own."""
    table = next(table for table in world.tables if table.table == "reloaded")
    before = f"reloaded_{numbers.randrange(10**9)}"
    with table.lock:
        world.server.run(
            f"BEGIN; ALTER TABLE reloaded RENAME TO {before}; {table.make()} COMMIT", role=APPLICATION
        )
    for (name,) in world.server.run("SELECT relname FROM pg_class WHERE relkind = 'r' AND relname ~ '^reloaded_[0-9]+$'"):
        if numbers.random() < 0.5:
            world.server.run(f"DROP TABLE {name}", role=APPLICATION)


@fault()
def rename_table(world, numbers):
    table = chance(numbers, *(table for table in world.tables if not table.partitions))
    with table.lock:
        world.server.run(f"ALTER TABLE {table.quoted} RENAME TO elsewhere", role=APPLICATION)
        time.sleep(numbers.uniform(0, 1.5))
        world.server.run(f"ALTER TABLE elsewhere RENAME TO {table.quoted}", role=APPLICATION)


def run_quietly(session, cursor, action):
    """Runs what a person does; that the server refuses it, or goes away, is that person's affair."""
    try:
        action(session, cursor)
    except psycopg2.Error:
        pass


def start(world, *words):
    """Starts a command of vecsteward on the database."""
    return subprocess.Popen(
        [world.program, *words, "--config", str(world.daemons[0].folder / "config.json")],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PGPASSWORD": world.server.settings["password"]}, cwd=world.daemons[0].folder,
    )
