"""What the benchmarks share: the throwaway server, the collections on it, vecsteward, and tables in Markdown."""

import json
import os
import platform
import signal
import subprocess
import tempfile

# Ctrl-C ends a benchmark without a stack trace.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import psycopg2  # noqa: E402


class Server:
    """A server that scripts/lib/servers.sh started, known by the file that it left."""

    def __init__(self, file):
        with open(file) as lines:
            self.options = dict(pair.split("=", 1) for pair in lines.read().split())
        self.password = self.options.pop("password")
        self.environment = dict(os.environ, PGPASSWORD=self.password, NO_COLOR="1")

    def conninfo(self, database):
        """A connection string without the password, which is in the environment."""
        return " ".join(f"{key}={value}" for key, value in dict(self.options, dbname=database).items())

    def url(self, database):
        """The address as the vecs client takes it."""
        return f"postgresql+psycopg2://postgres:{self.password}@{self.options['host']}:{self.options['port']}/{database}"

    def connect(self, database):
        connection = psycopg2.connect(self.conninfo(database), password=self.password)
        connection.autocommit = True
        return connection

    def query(self, database, statement, parameters=None):
        """The rows of a statement that runs in a session of its own."""
        connection = self.connect(database)
        try:
            cursor = connection.cursor()
            cursor.execute(statement, parameters)
            return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def create_database(self, name):
        """Makes a database with pgvector and the schema of vecs."""
        self.query("postgres", f"CREATE DATABASE {name}")
        connection = self.connect(name)
        connection.cursor().execute("SET client_min_messages = warning; CREATE EXTENSION vector; CREATE SCHEMA vecs")
        connection.close()

    def versions(self):
        version = self.query("postgres", "SELECT current_setting('server_version')")[0][0].split()[0]
        pgvector = self.query(
            "postgres", "SELECT default_version FROM pg_available_extensions WHERE name = 'vector'"
        )[0][0]
        return f"PostgreSQL {version}, pgvector {pgvector}"


class Vecsteward:
    """A built vecsteward and a configuration for one database."""

    def __init__(self, binaries, server, database, **configuration):
        self.program = f"{binaries}/vecsteward"
        self.server, self.database = server, database
        configuration["databases"] = [{"name": database, "connection": server.conninfo(database)}]
        folder = os.environ.get("VECSTEWARD_SCRATCH")
        file, self.config = tempfile.mkstemp(dir=folder, prefix=f"{database}-", suffix=".json")
        with os.fdopen(file, "w") as output:
            json.dump(configuration, output)

    def command(self, *arguments):
        return [self.program, *arguments, "--config", self.config]

    def output(self, *arguments):
        """What a command prints that has to succeed."""
        return subprocess.run(
            self.command(*arguments), env=self.server.environment, check=True, text=True, stdout=subprocess.PIPE
        ).stdout

    def report(self):
        """What it sees, and what it would do."""
        return json.loads(self.output("--dry-run", "--format", "json"))["databases"][0]

    def severity(self, table, rule):
        """The severity of the finding of a rule about a table; None if there is none."""
        for collection in self.report()["collections"]:
            if collection["table"] == table:
                for finding in collection["findings"]:
                    if finding["rule"] == rule:
                        return finding["severity"]
        return None

    def recall(self, place, *arguments):
        """Measures the recall of the index of a collection."""
        done = subprocess.run(
            self.command("recall", place, *arguments, "--format", "json"),
            env=self.server.environment,
            text=True,
            capture_output=True,
        )
        if done.returncode != 0:
            raise SystemExit(f"vecsteward recall {place} failed:\n{done.stderr}")
        return json.loads(done.stdout)

    def run(self, *arguments):
        """Runs a command that carries out jobs.

        Returns the jobs that ended meanwhile: what they are, their states, and the seconds from queue to end.
        """
        last = self.last_job()
        done = subprocess.run(
            self.command(*arguments), env=self.server.environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        jobs = self.server.query(
            self.database,
            "SELECT kind, state, extract(EPOCH FROM finished_at - created_at)::float8 FROM vecsteward.job"
            " WHERE id > %s ORDER BY id",
            [last],
        )
        if done.returncode != 0 or any(state != "done" for _, state, _ in jobs):
            raise SystemExit(f"vecsteward {' '.join(arguments)} failed:\n{done.stderr.decode()}")
        return jobs

    def last_job(self):
        if not self.server.query(self.database, "SELECT to_regclass('vecsteward.job') IS NOT NULL")[0][0]:
            return 0
        return self.server.query(self.database, "SELECT coalesce(max(id), 0) FROM vecsteward.job")[0][0]


def machine():
    """The machine, in a line."""
    model = platform.machine()
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB of memory, {platform.system()} {platform.release()}"


def print_table(columns, rows):
    """Prints a table in Markdown."""
    print(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |")


def verdict(holds, bound):
    """A bound, and whether it was kept."""
    return f"bound {bound}: {'kept' if holds else '**missed**'}"
