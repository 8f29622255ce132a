"""Measures what looking at many collections costs, against psql and the vecs client.

usage: bench_polling.py SERVER_FILE COLLECTIONS BINARIES
"""

import os
import platform
import statistics
import subprocess
import sys
import time

import psycopg2

server_file, collections, binaries = sys.argv[1], int(sys.argv[2]), sys.argv[3]
options = dict(pair.split("=", 1) for pair in open(server_file).read().split())
password = options.pop("password")
environment = dict(os.environ, PGPASSWORD=password, NO_COLOR="1")


def conninfo(database):
    return " ".join(f"{key}={value}" for key, value in dict(options, dbname=database).items())


MAKE = """
CREATE PROCEDURE make(first int, last int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN first..last LOOP
        EXECUTE format('CREATE TABLE vecs.c%s (id varchar PRIMARY KEY, vec vector(8) NOT NULL,
            metadata jsonb NOT NULL DEFAULT ''{}'')', i);
        EXECUTE format('INSERT INTO vecs.c%s SELECT g::text, array_fill(g::real, ARRAY[8])::vector
            FROM generate_series(1, 20) AS g', i);
        EXECUTE format('CREATE INDEX ix_vector_cosine_ops_ivfflat_nl30_%s ON vecs.c%s
            USING ivfflat (vec vector_cosine_ops) WITH (lists=30)', lpad(to_hex(i), 7, '0'), i);
        IF i % 100 = 0 THEN COMMIT; END IF;
    END LOOP;
END $$
"""


def make(database, count):
    with_admin = psycopg2.connect(conninfo("postgres"), password=password)
    with_admin.autocommit = True
    with_admin.cursor().execute(f"CREATE DATABASE {database}")
    connection = psycopg2.connect(conninfo(database), password=password)
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute("SET client_min_messages = warning; CREATE EXTENSION vector; CREATE SCHEMA vecs")
    cursor.execute(MAKE)
    cursor.execute("CALL make(1, %s)", [count])
    cursor.execute("VACUUM ANALYZE pg_class, pg_attribute, pg_index, pg_depend, pg_type")


def run(command, env=environment):
    """The milliseconds from the start of a process to its end."""
    start = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1000


def floor(database):
    return run(["psql", "-XqAt", "-d", conninfo(database), "-c", "SELECT oid, relname FROM pg_class"])


def dry_run(database):
    return run([f"{binaries}/vecsteward", "--dry-run", "--database", conninfo(database)])


def import_of_vecs():
    return run([sys.executable, "-c", "import vecs"])


def polls(database, count):
    output = subprocess.run(
        [f"{binaries}/poll-benchmark", str(count)],
        env=dict(environment, BENCHMARK_DATABASE=conninfo(database)),
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [float(line.split()[0]) for line in output.splitlines()]


def vecs_loop(database):
    """What the client itself offers: every collection, its rows and its index."""
    import vecs

    url = f"postgresql+psycopg2://postgres:{password}@{options['host']}:{options['port']}/{database}"
    client = vecs.create_client(url)
    start = time.perf_counter()
    for collection in client.list_collections():
        len(collection)
        collection.index
    return (time.perf_counter() - start) * 1000


def processor():
    for line in open("/proc/cpuinfo"):
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


make("large", collections)
make("small", 1000)

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
rows = [
    ("floor: SELECT oid, relname FROM pg_class by psql", median(floors), ""),
    ("one poll, connection open", median(warm), f"{median(warm) / median(floors):.1f} x the floor; bound 3"),
    ("one poll, first of its connection", median(cold), f"{median(cold) / median(floors):.1f} x the floor"),
    ("vecs: list_collections(), len() and .index of each", loop, f"{loop / median(warm):.0f} x the poll; bound 100"),
    ("vecsteward --dry-run, whole process", median(large), f"{loop / median(large):.0f} x less than vecs"),
]
print(f"\n{collections} collections, PostgreSQL 16, pgvector 0.8.5, medians of one run\n")
print("| what | ms | ratio |\n|---|---|---|")
for name, milliseconds, ratio in rows:
    print(f"| {name} | {milliseconds:.0f} | {ratio} |")
print("\n1000 collections\n\n| what | ms | ratio |\n|---|---|---|")
print(f"| vecsteward --dry-run, whole process | {median(small):.0f} | bound 150 ms |")
print(f"| python -c 'import vecs' | {median(imports):.0f} | {median(imports) / median(small):.1f} x the dry run |")
print(f"\n{processor()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}")
