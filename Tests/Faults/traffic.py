"""Clients that write to collections and search them all the while, and the probe that asks whether each has its index."""

import contextlib
import random
import threading
import time

import psycopg2

from place import APPLICATION, DIMENSIONS

# What a session is told when its server stops, crashes or is away: no fault of an operation.
OUTAGE = {"57P01", "57P02", "57P03", "08006", "08001", "08003", "08004"}


def vector(numbers):
    return "[" + ",".join(f"{numbers.random():.4f}" for _ in range(DIMENSIONS)) + "]"


class Client(threading.Thread):
    """One client: an upsert, a search, an upsert, and so on, of a random collection each time."""

    def __init__(self, server, tables, seed, outage):
        super().__init__(daemon=True)
        self.server, self.tables, self.outage = server, tables, outage
        self.numbers = random.Random(seed)
        self.is_over = threading.Event()
        self.operations = 0
        self.interrupted = 0
        self.errors = []
        self.longest = 0.0

    def run(self):
        session = None
        while not self.is_over.is_set():
            table = self.tables[self.numbers.randrange(len(self.tables))]
            begun = time.monotonic()
            try:
                if session is None:
                    session = self.server.connect(APPLICATION, "client")
                with table.lock, session.cursor() as cursor:
                    self.operate(cursor, table)
                self.operations += 1
                self.longest = max(self.longest, time.monotonic() - begun)
            except psycopg2.Error as error:
                is_outage = error.pgcode in OUTAGE or (error.pgcode is None and isinstance(error, psycopg2.OperationalError))
                if is_outage and self.outage.is_within(begun):
                    self.interrupted += 1
                else:
                    self.errors.append(f"{table.table}: {error.pgcode}: {str(error).strip()}")
                try:
                    session.close()
                except (psycopg2.Error, AttributeError):
                    pass
                session = None
                time.sleep(0.05)
            time.sleep(0.002)

    def operate(self, cursor, table):
        if self.operations % 2:
            cursor.execute(
                f"SELECT id FROM {table.quoted} ORDER BY embedding <=> %s::vector({DIMENSIONS}) LIMIT 10",
                (vector(self.numbers),),
            )
            cursor.fetchall()
        else:
            cursor.execute(
                f"INSERT INTO {table.quoted} (id, embedding) VALUES (%s, %s) "
                "ON CONFLICT (id) DO UPDATE SET embedding = excluded.embedding",
                (self.numbers.randrange(1, table.rows), vector(self.numbers)),
            )


class Outage:
    """The times at which the server was away on purpose."""

    def __init__(self):
        self.spans = []
        self.lock = threading.Lock()

    def during(self, action):
        with self.lock:
            self.spans.append([time.monotonic(), None])
        action()
        with self.lock:
            self.spans[-1][1] = time.monotonic()

    def is_within(self, begun):
        """Whether the server was away at some time since then."""
        with self.lock:
            return any(end is None or end >= begun for _, end in self.spans)


INDEXED = """
    SELECT own.oid::int8
    FROM pg_index AS index
    JOIN pg_class AS class ON class.oid = index.indexrelid
    JOIN pg_class AS own ON own.oid = index.indrelid
    WHERE class.relam >= 16384 AND class.relkind = 'i' AND index.indisvalid AND index.indisready
    GROUP BY own.oid
"""


class Probe(threading.Thread):
    """Asks the catalog all the while which tables have a valid vector index, and notes each that has lost its last one."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.is_over = threading.Event()
        self.polls = 0
        self.lost = []
        self.indexed = set()
        self.pardoned = set()
        self.lock = threading.Lock()

    @contextlib.contextmanager
    def pardon(self, table):
        """A person takes an index of this table away meanwhile."""
        with self.lock:
            self.pardoned.add(table)
        try:
            yield
        finally:
            # Until a poll is over that has begun after it: the one that runs now may have begun before.
            with self.lock:
                polls = self.polls
            while self.polls < polls + 2 and not self.is_over.is_set():
                time.sleep(0.01)
            with self.lock:
                self.pardoned.discard(table)

    def run(self):
        session = None
        while not self.is_over.is_set():
            try:
                if session is None:
                    session = self.server.connect(name="probe")
                with session.cursor() as cursor:
                    # One statement is one snapshot.
                    cursor.execute(f"SELECT ARRAY({INDEXED}), ARRAY(SELECT oid::int8 FROM pg_class WHERE relkind = 'r')")
                    indexed, there = map(set, cursor.fetchone())
                self.take(indexed, there)
            except psycopg2.Error:
                session = None
                time.sleep(0.05)
            time.sleep(0.005)

    def take(self, indexed, there):
        with self.lock:
            self.polls += 1
            for table in (self.indexed - indexed) & there:
                if table not in self.pardoned:
                    self.lost.append(table)
            self.indexed = indexed
