"""Measures how many rows searches with a filter get from approximate indexes, before and after each remedy, and what vecsteward says.

usage: bench_filtered.py SERVER_FILE BINARIES ROWS

The server needs pg_stat_statements.
"""

import collections
import io
import statistics
import sys
import time

import numpy as np
import psycopg2
from bench_server import Server, Vecsteward, print_table, verdict
from bench_vectors import binary_copy, vectors

DATABASE = "filtered"
ROLE = "application"
DIMENSIONS = 64
SEARCHES = 100
ASKED = 10
# Of as many rows one matches.
PORTIONS = [2, 10, 20, 100, 1000]
# The share of the rows that may be missing, as the rule has it.
TOLERANCE = 0.01
NOTHING, ITERATIVE, COLUMN = "none", "iterative scan, relaxed order", "B-tree index on the column"
PARTIAL, PARTITION = "partial index for the value", "partition for the value"


def with_index(method, rows):
    """How an index of so many rows is made; of IVFFlat with 200 rows in a list."""
    if method == "hnsw":
        return "hnsw (embedding vector_l2_ops)"
    return f"ivfflat (embedding vector_l2_ops) WITH (lists = {max(1, rows // 200)})"


class Data:
    """The rows, and which of them searches should find."""

    def __init__(self, rows):
        self.rows = rows
        numbers = np.random.default_rng(1)
        self.vectors = vectors(1, rows, DIMENSIONS)
        self.searched = vectors(2, SEARCHES, DIMENSIONS)
        # What matches has nothing to do with what is near.
        self.values = {portion: numbers.permutation(rows) % portion for portion in PORTIONS}
        self.nearest = {portion: self.find(self.values[portion] == 0) for portion in PORTIONS}

    def find(self, matching):
        """For each search the numbers of the nearest rows that match."""
        numbers = np.flatnonzero(matching)
        return [
            set(numbers[np.argsort(np.linalg.norm(self.vectors[numbers] - one, axis=1))[:ASKED]]) for one in self.searched
        ]

    def fill(self, cursor):
        """Makes the table `items`, and for each portion one with a partition for the value that is searched."""
        declared = ", ".join(f"of_{portion} int" for portion in PORTIONS)
        cursor.execute("CREATE TABLE loaded (id text, embedding vector)")
        for first in range(0, self.rows, 5_000):
            file = io.BytesIO(binary_copy(first, self.vectors[first : first + 5_000]))
            cursor.copy_expert("COPY loaded FROM STDIN WITH (FORMAT binary)", file)
        cursor.execute(f"CREATE TABLE items (id int PRIMARY KEY, {declared}, embedding vector({DIMENSIONS}))")
        arrays = [self.values[portion].tolist() for portion in PORTIONS]
        picked = ", ".join("(%s::int[])[id::int + 1]" for _ in PORTIONS)
        cursor.execute(f"INSERT INTO items SELECT id::int, {picked}, embedding FROM loaded ORDER BY id", arrays)
        cursor.execute("DROP TABLE loaded")
        for portion in PORTIONS:
            table = f"by_{portion}"
            cursor.execute(
                f"CREATE TABLE {table} (LIKE items) PARTITION BY LIST (of_{portion});"
                f"CREATE TABLE {table}_zero PARTITION OF {table} FOR VALUES IN (0);"
                f"CREATE TABLE {table}_rest PARTITION OF {table} DEFAULT;"
                f"INSERT INTO {table} SELECT * FROM items"
            )
        cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}")
        for table in ["items"] + [f"by_{portion}" for portion in PORTIONS]:
            cursor.execute(f"VACUUM ANALYZE {table}")


class Bench:
    def __init__(self, server, binaries, rows):
        self.server, self.data = server, Data(rows)
        server.query("postgres", f"CREATE DATABASE {DATABASE}")
        server.query("postgres", f"CREATE ROLE {ROLE} LOGIN PASSWORD '{server.password}'")
        self.connection = server.connect(DATABASE)
        self.cursor = self.connection.cursor()
        self.cursor.execute(
            "SET client_min_messages = error; CREATE EXTENSION vector; CREATE EXTENSION pg_stat_statements; LOAD 'vector'"
        )
        self.data.fill(self.cursor)
        self.vecsteward = Vecsteward(binaries, server, DATABASE)

    def close(self):
        self.connection.close()

    def session(self):
        """A session of the application, with what is set for its role now."""
        options = " ".join(f"{key}={value}" for key, value in dict(self.server.options, dbname=DATABASE, user=ROLE).items())
        connection = psycopg2.connect(options, password=self.server.password)
        connection.autocommit = True
        return connection

    def plan(self, cursor, search, vector):
        """What the server takes for a search, in a word."""
        cursor.execute(f"EXPLAIN {search}", [vector])
        text = "\n".join(line for (line,) in cursor.fetchall())
        if "of_" in text and "Index Cond: (of_" in text:
            return "B-tree, sort"
        return "vector index" if "Order By: (embedding" in text else "all rows, sort"

    def measure(self, table, portion):
        """What the searches got: the rows, the recall, the milliseconds, how the server carried them out, and what the rule says."""
        search = f"SELECT id FROM {table} WHERE of_{portion} = 0 ORDER BY embedding <-> %s LIMIT {ASKED}"
        texts = ["[" + ",".join(f"{value:.6f}" for value in vector) + "]" for vector in self.data.searched]
        session = self.session()
        cursor = session.cursor()
        plans = collections.Counter(self.plan(cursor, search, text) for text in texts)
        # What has been explained is no search, and what ran before is of another cell.
        self.cursor.execute("SELECT pg_stat_statements_reset()")
        rows, found, times = 0, 0, []
        for text, nearest in zip(texts, self.data.nearest[portion]):
            begin = time.perf_counter()
            cursor.execute(search, [text])
            ids = {number for (number,) in cursor.fetchall()}
            times.append((time.perf_counter() - begin) * 1000)
            rows += len(ids)
            found += len(ids & nearest)
        session.close()
        return (
            rows / SEARCHES,
            found / sum(map(len, self.data.nearest[portion])),
            statistics.median(times),
            plans.most_common(1)[0][0],
            self.vecsteward.severity(table, "filtered"),
        )

    def cells(self, method):
        """Each portion of matching rows with each remedy, and what was measured."""
        self.cursor.execute(f"CREATE INDEX items_embedding_idx ON items USING {with_index(method, self.data.rows)}")
        for portion in PORTIONS:
            yield portion, NOTHING, self.measure("items", portion)

            setting = f"ALTER ROLE {ROLE} IN DATABASE {DATABASE}"
            self.cursor.execute(f"{setting} SET {method}.iterative_scan = 'relaxed_order'")
            yield portion, ITERATIVE, self.measure("items", portion)
            self.cursor.execute(f"{setting} RESET {method}.iterative_scan")

            self.cursor.execute(f"CREATE INDEX items_filter_idx ON items (of_{portion})")
            yield portion, COLUMN, self.measure("items", portion)
            self.cursor.execute("DROP INDEX items_filter_idx")

            matching = int((self.data.values[portion] == 0).sum())
            partial = f"{with_index(method, matching)} WHERE of_{portion} = 0"
            self.cursor.execute(f"CREATE INDEX items_partial_idx ON items USING {partial}")
            yield portion, PARTIAL, self.measure("items", portion)
            self.cursor.execute("DROP INDEX items_partial_idx")

            table = f"by_{portion}"
            for part, number in [("zero", matching), ("rest", self.data.rows - matching)]:
                using = with_index(method, number)
                self.cursor.execute(f"CREATE INDEX {table}_{part}_idx ON {table}_{part} USING {using}")
            yield portion, PARTITION, self.measure(table, portion)
            self.cursor.execute(f"DROP INDEX {table}_zero_idx, {table}_rest_idx")
        self.cursor.execute("DROP INDEX items_embedding_idx")


def main():
    server, binaries, rows = Server(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    bench = Bench(server, binaries, rows)
    table, right, back = [], 0, collections.Counter()
    for method in ("hnsw", "ivfflat"):
        for portion, remedy, (got, recall, milliseconds, plan, severity) in bench.cells(method):
            is_short = got < ASKED * (1 - TOLERANCE)
            is_right = is_short == (severity is not None)
            right += is_right
            back[remedy] += not is_short
            says = severity or "silent"
            table.append(
                (
                    method,
                    f"{1 / portion:g}",
                    remedy,
                    plan,
                    f"{got:.2f}",
                    f"{recall:.2f}",
                    f"{milliseconds:.1f}",
                    says if is_right else f"{says} (**wrong**)",
                )
            )
    bench.close()
    print(
        f"\n{SEARCHES} searches for {ASKED} rows with a filter, on {rows:,} rows of {DIMENSIONS} dimensions, {server.versions()}, "
        "hnsw.ef_search 40, 100 lists for each 20,000 rows and ivfflat.probes 1, time as median\n"
    )
    print_table(
        ["index", "rows that match", "remedy", "what the server takes", "rows returned", "recall", "ms", "`filtered`"], table
    )
    missing = f"findings exactly where more than {TOLERANCE * 100:g} % of the rows are missing"
    print(f"\n{missing}: in {right} of {len(table)} cases ({verdict(right == len(table), 'all')})")
    cases = 2 * len(PORTIONS)
    print(f"\nAll rows are there: {', '.join(f'{remedy}: {count} of {cases}' for remedy, count in back.items())}")


if __name__ == "__main__":
    main()
