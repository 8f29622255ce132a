"""Where a fault run takes place: a server, a database with collections, and the programs that manage it."""

import os
import random
import re
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import psycopg2

DIMENSIONS = 24
# The name of the database; each run has a server of its own.
DATABASE = "faults"
STEWARD = "steward"
APPLICATION = "application"


class Server:
    """A throwaway server, which may be crashed and started again."""

    def __init__(self, scratch, version, binaries):
        self.binaries = binaries
        self.data = Path(scratch) / f"postgresql-{version}" / "data"
        text = (Path(scratch) / "servers" / version).read_text()
        self.settings = dict(part.split("=", 1) for part in text.split())

    def connect(self, role="postgres", name="fault run", database=DATABASE, **options):
        """A session in autocommit mode."""
        session = psycopg2.connect(
            host=self.settings["host"], port=self.settings["port"], dbname=database, user=role,
            password=self.settings["password"], application_name=name, connect_timeout=20, **options,
        )
        session.autocommit = True
        return session

    def run(self, sql, role="postgres", database=DATABASE):
        """Runs one text of SQL in a session of its own. The rows of its last statement, where it has some."""
        session = self.connect(role, database=database)
        try:
            with session.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall() if cursor.description else []
        finally:
            session.close()

    def number(self, sql):
        return self.run(sql)[0][0]

    def control(self, *arguments):
        identity = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"] if os.geteuid() == 0 else []
        subprocess.run(
            [*identity, f"{self.binaries}/pg_ctl", *arguments, "--silent", "--timeout=60", f"--pgdata={self.data}"],
            check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=self.data.parent,
        )

    def crash_and_start(self):
        self.control("stop", "--mode=immediate", "--wait")
        self.control("start", "--wait", f"--log={self.data.parent}/again.log", f"--options=-p {self.settings['port']}")


class Collection:
    """A table with a vector column that clients write to and search."""

    def __init__(self, table, rows, index=None, key="id", partitions=None):
        self.table = table
        self.rows = rows
        self.index = index
        self.partitions = partitions
        # Held while its tables are swapped, so that an operation is before or after that.
        self.lock = threading.Lock()

    @property
    def quoted(self):
        return '"' + self.table.replace('"', '""') + '"'

    @property
    def name(self):
        """The name by which commands know it."""
        return f"public.{self.table}.embedding"

    def make(self):
        """The SQL that makes it, with an index where it is to have one from the beginning."""
        partition = " PARTITION BY HASH (id)" if self.partitions else ""
        lines = [f"CREATE TABLE {self.quoted} (id bigint PRIMARY KEY, embedding vector({DIMENSIONS}) NOT NULL, note text){partition};"]
        for part in range(self.partitions or 0):
            name = '"' + f"{self.table}_{part}".replace('"', '""') + '"'
            lines.append(
                f"CREATE TABLE {name} PARTITION OF {self.quoted} "
                f"FOR VALUES WITH (MODULUS {self.partitions}, REMAINDER {part});"
            )
        lines.append(self.fill(1, self.rows))
        if self.index:
            lines.append(f"CREATE INDEX ON {self.quoted} USING {self.index};")
        return "\n".join(lines)

    def fill(self, first, last):
        return (
            f"INSERT INTO {self.quoted} (id, embedding) SELECT g, "
            f"(SELECT array_agg(random()) FROM generate_series(1, {DIMENSIONS}) WHERE g = g)::vector({DIMENSIONS}) "
            f"FROM generate_series({first}, {last}) AS g ON CONFLICT (id) DO NOTHING;"
        )


def collections():
    """Collections of the kinds that are built differently: by both methods, partitioned, quoted, partial, on a cast."""
    cosine, lists = "(embedding vector_cosine_ops)", "WITH (lists = 30)"
    return [
        Collection("docs", 3_000, f"ivfflat {cosine} {lists}"),
        Collection("graphs", 2_000, f"hnsw {cosine}"),
        Collection("unindexed", 2_000),
        Collection('Odd "name" of a table', 3_000, f"ivfflat {cosine} {lists}"),
        Collection("parts", 4_000, f"ivfflat {cosine} {lists}", partitions=2),
        Collection("casts", 2_000, f"hnsw ((embedding::halfvec({DIMENSIONS})) halfvec_cosine_ops)"),
        Collection("partial", 3_000, f"ivfflat {cosine} {lists} WHERE id > 0"),
        Collection("reloaded", 2_500, f"ivfflat {cosine} {lists}"),
    ]


def prepare(server, program, scratch, tables):
    """Makes the database, the collections as an application's, and the role with what `grants` prints."""
    password = server.settings["password"]
    for role in (APPLICATION, STEWARD):
        server.run(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'", database="postgres")
    server.run(f"CREATE DATABASE {DATABASE} OWNER {APPLICATION}", database="postgres")
    server.run("CREATE EXTENSION vector")
    for table in tables:
        server.run(table.make(), role=APPLICATION)
    grants = [
        program, "grants", "--role", STEWARD, "--for", "maintain", "--database",
        f"host={server.settings['host']} port={server.settings['port']} user=postgres dbname={DATABASE}",
    ]
    script = subprocess.run(
        grants, check=True, stdout=subprocess.PIPE, text=True, env={**os.environ, "PGPASSWORD": password},
    ).stdout
    server.run(script)
    (Path(scratch) / "grants.sql").write_text(script)
    return script


class Daemon:
    """A vecsteward that runs, and what it takes."""

    def __init__(self, program, server, scratch, number, port):
        self.folder = Path(scratch) / f"daemon-{number}"
        self.folder.mkdir()
        self.program = program
        self.server = server
        self.port = port
        self.mode = "maintain"
        self.write_configuration()
        self.log = self.folder / "log"
        self.process = None

    def write_configuration(self):
        """As shipped, except that it polls each second and also builds what is missing."""
        (self.folder / "config.json").write_text(
            """
            {
                "databases": [{ "name": "%s", "connection": "host=127.0.0.1 port=%s dbname=%s user=%s" }],
                "mode": "%s",
                "connectTimeout": "10s",
                "poll": { "every": "1s" },
                "index": { "measure": "cosine_distance" },
                "rules": { "unindexed": { "mode": "act" } }
            }
            """
            % (DATABASE, self.port, DATABASE, STEWARD, self.mode)
        )

    def start(self):
        environment = {
            **os.environ, "HOME": str(self.folder), "PGPASSWORD": self.server.settings["password"],
        }
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.program, "run", "--config", str(self.folder / "config.json")],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, cwd=self.folder,
            )

    @property
    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def send(self, number):
        self.process.send_signal(number)

    def end(self, number=signal.SIGTERM):
        """Ends it and waits for that. Its exit code; negative for one that the signal has killed."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def reload(self, mode):
        self.mode = mode
        self.write_configuration()
        self.process.send_signal(signal.SIGHUP)

    def figures(self):
        """Resident memory in kB, descriptors and threads."""
        root = Path(f"/proc/{self.process.pid}")
        memory = int(re.search(r"VmRSS:\s+(\d+)", (root / "status").read_text())[1])
        return memory, len(list((root / "fd").iterdir())), len(list((root / "task").iterdir()))

    def tail(self, lines=40):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class Relay:
    """A TCP relay between a daemon and its server, which can fall silent and lose its connections."""

    def __init__(self, port):
        self.target = ("127.0.0.1", int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.is_silent = threading.Event()
        self.sockets = set()
        self.lock = threading.Lock()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(self.target, timeout=10)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            with self.lock:
                self.sockets |= {client, server}
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.pass_on, args=(source, sink), daemon=True).start()

    def pass_on(self, source, sink):
        try:
            while data := source.recv(65_536):
                while self.is_silent.is_set():
                    time.sleep(0.02)
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            with self.lock:
                self.sockets.discard(end)
            try:
                end.shutdown(2)
            except OSError:
                pass
            end.close()

    def lose_connections(self):
        with self.lock:
            ends = list(self.sockets)
        for end in ends:
            try:
                end.shutdown(2)
            except OSError:
                pass


def chance(numbers, *choices):
    """One of some values, each as likely as the others."""
    return choices[numbers.randrange(len(choices))]


def seeded(seed):
    return random.Random(seed)
