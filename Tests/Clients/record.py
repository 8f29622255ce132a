"""Records what a server shows of each search of a client, and whether the search takes the index that was made for it.

Texts come from small embeddings, because some clients leave one in the text that the server keeps. Each search runs in a program
of its own, as a client does, so that its sessions end with it and the server's statistics are complete.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from declaration import Client, Database, Index, Place, Search, fill

SMALL = {"dimensions": 8, "rows": 200}
LARGE = {"dimensions": 64, "rows": 2000}
# For searches that take their index only where scanning the whole table costs more.
LARGER = {"dimensions": 64, "rows": 20000}
TIMES = 20
# With these the planner takes an index wherever it can.
FORCED = ("enable_seqscan = off", "enable_sort = off", "enable_bitmapscan = off")
PROGRAM = Path(__file__).resolve().parent / "clients.py"


class Recorder:
    def __init__(self, client: Client, database: Database, session) -> None:
        self.client = client
        self.database = database
        self.session = session

    def execute(self, statement: str, *values: object) -> list[tuple]:
        cursor = self.session.execute(statement, values or None)
        return cursor.fetchall() if cursor.description else []

    def make(self, size: dict[str, int]) -> Place:
        place = Place(self.database, **size)
        for command in ("drop", "prepare"):
            if self.program(place, command).wait(timeout=300):
                raise SystemExit(f"{self.client.name}: {command} failed")
        self.wait_for_others()
        for (table,) in self.execute("SELECT DISTINCT c FROM unnest(%s::text[]) c", [s.table for s in self.client.searches]):
            self.execute(f"ANALYZE {table}")
        return place

    def program(self, place: Place, command: str, *more: str) -> subprocess.Popen:
        size = ["--dimensions", str(place.dimensions), "--rows", str(place.rows)]
        environment = {**os.environ, "VECSTEWARD_TEST_URI": self.database.uri()}
        program = [sys.executable, str(PROGRAM), command, self.client.name, *size, *more]
        return subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, text=True)

    def start(self, search: Search, place: Place, times: int) -> subprocess.Popen:
        return self.program(place, "search", "--search", search.name, "--times", str(times))

    def run(self, search: Search, place: Place, times: int) -> list[int]:
        output, _ = (process := self.start(search, place, times)).communicate(timeout=300)
        if process.returncode:
            raise SystemExit(f"{self.client.name}: the search {search.name} failed")
        self.wait_for_others()
        return json.loads(output.splitlines()[-1])

    def wait_for_others(self) -> None:
        """Until the sessions of the client are over, and their statistics with them."""
        for _ in range(500):
            others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            if self.execute(others + " AND backend_type = 'client backend'")[0][0] == 0:
                return
            time.sleep(0.01)
        raise SystemExit(f"{self.client.name}: sessions stay open after a search")

    def statements(self, search: Search, place: Place) -> list[dict]:
        """What pg_stat_statements has after some searches, with what is to be read in the search's own text."""
        self.execute("SELECT pg_stat_statements_reset()")
        self.run(search, place, 7)
        rows = self.execute(
            "SELECT s.query, s.calls, s.rows, s.toplevel, r.rolname <> current_user FROM pg_stat_statements s"
            " JOIN pg_roles r ON r.oid = s.userid WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ' ORDER BY s.toplevel DESC, s.query COLLATE "C"'
        )
        marker = fill(search.marker, place.dimensions)
        found = [
            {
                "text": text, "calls": calls, "rows": count, **({} if toplevel else {"toplevel": False}),
                **({"other_role": True} if other else {}),
                "expected": expected(search, place.dimensions) if toplevel and marker in text else None,
            }
            for text, calls, count, toplevel, other in rows
        ]
        if sum(statement["expected"] is not None for statement in found) != 1:
            texts = "\n".join(row[0] for row in rows)
            raise SystemExit(f"{self.client.name}: {marker!r} of the search {search.name} is not in exactly one of:\n{texts}")
        return found

    def nested(self, search: Search, place: Place) -> list[dict]:
        """The statements inside functions, which pg_stat_statements.track = all adds."""
        name = self.database.values["dbname"]
        self.execute(f'ALTER DATABASE "{name}" SET pg_stat_statements.track = \'all\'')
        try:
            return [statement for statement in self.statements(search, place) if not statement.get("toplevel", True)]
        finally:
            self.execute(f'ALTER DATABASE "{name}" RESET pg_stat_statements.track')

    def activity(self, search: Search, place: Place) -> str | None:
        """The text in pg_stat_activity while the search waits for a lock of its table."""
        if search.stands_as == "prepare":
            return self.execution(search, place)
        waiting = (
            "SELECT query FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        text = None
        process = None
        with self.session.transaction():
            self.execute(f"LOCK TABLE {search.table} IN ACCESS EXCLUSIVE MODE")
            process = self.start(search, place, 1)
            for _ in range(600):
                # Within a transaction the view keeps its first answer.
                self.execute("SELECT pg_stat_clear_snapshot()")
                if rows := self.execute(waiting):
                    text = rows[0][0]
                    break
                time.sleep(0.05)
        process.communicate(timeout=60)
        self.wait_for_others()
        return text

    def execution(self, search: Search, place: Place) -> str | None:
        """The same of a statement that was prepared before, which waits at PREPARE and not at EXECUTE: caught as it runs."""
        process = self.start(search, place, 2000)
        text = None
        while process.poll() is None and text is None:
            rows = self.execute("SELECT query FROM pg_stat_activity WHERE datname = current_database() AND query ^@ 'EXECUTE'")
            text = rows[0][0] if rows else None
        process.communicate(timeout=60)
        self.wait_for_others()
        return text

    def use(self, search: Search, place: Place) -> dict:
        """Whether the search takes its index: by itself, and where the planner is told to avoid everything else."""
        result: dict = {"rows_without_index": tally(self.run(search, place, TIMES))}
        for name, index in (("attempt", search.attempt), ("index", search.index)):
            if index is not None:
                result[name] = self.use_of(index, search, place)
        return result

    def use_of(self, index: Index, search: Search, place: Place) -> dict:
        statement = fill(index.statement("clients_index", search.table), place.dimensions)
        result: dict = {"statement": statement}
        # A small table needs no second process for its index.
        self.execute("SET max_parallel_maintenance_workers = 0")
        if index.after:
            result["after"] = fill(index.after, place.dimensions)
            self.execute(result["after"])
        self.execute(statement)
        self.execute(f"ANALYZE {search.table}")
        result["seen"] = f"pg_stat_user_indexes.idx_scan, {TIMES} searches"
        result |= self.counted(search, place, "", ())
        result |= self.counted(search, place, "_forced", FORCED)
        if search.filters and result["scans_forced"]:
            setting = f"{index.method}.iterative_scan = relaxed_order"
            result |= self.counted(search, place, "_iterative", (*FORCED, setting))
        self.execute("DROP INDEX " + search.table.partition(".")[0] + ".clients_index")
        if index.undo:
            self.execute(index.undo)
        return result

    def grow(self, found: list[dict]) -> None:
        """Runs searches that took their index by order only on a larger table, where they may take it by themselves."""
        costly = [
            (search, entry["use"]["index"]) for search, entry in zip(self.client.searches, found, strict=True)
            if search.index and entry["use"]["index"]["scans"] < TIMES == entry["use"]["index"]["scans_forced"]
        ]
        if not costly:
            return
        place = self.make(LARGER)
        for statement in dict.fromkeys(use["statement"] for _, use in costly):
            group = [(search, use) for search, use in costly if use["statement"] == statement]
            index, table = group[0][0].index, group[0][0].table
            if index.after:
                self.execute(fill(index.after, place.dimensions))
            self.execute(statement)
            self.execute(f"ANALYZE {table}")
            for search, use in group:
                use["larger"] = self.counted(search, place, "", ())
            self.execute("DROP INDEX " + table.partition(".")[0] + ".clients_index")
            if index.undo:
                self.execute(index.undo)

    def counted(self, search: Search, place: Place, suffix: str, settings: tuple[str, ...]) -> dict:
        name = self.database.values["dbname"]
        self.execute("LOAD 'vector'")
        for setting in settings:
            self.execute(f'ALTER DATABASE "{name}" SET {setting}')
        before = self.scans()
        rows = self.run(search, place, TIMES)
        self.execute(f'ALTER DATABASE "{name}" RESET ALL')
        return {f"scans{suffix}": self.scans() - before, f"rows{suffix}": tally(rows)}

    def scans(self) -> int:
        return self.execute("SELECT idx_scan FROM pg_stat_user_indexes WHERE indexrelname = 'clients_index'")[0][0]


def expected(search: Search, dimensions: int) -> dict:
    """What is to be read in a search, as its client's file states it."""
    described = search.described(dimensions)
    keys = (
        "stands_as", "through", "table", "column", "operator", "cast", "expression", "direction", "key", "filters", "limit",
        "settings",
    )
    return {key: described[key] for key in keys}


def takes_index(search: Search, use: dict) -> dict:
    """Whether the search takes the index that was made for it, and how that was seen."""
    found = use.get("index") if search.index else use.get("attempt")
    if found is None:
        return {"answer": "no", "seen": "no index can be created for it"}
    counted = "scans of it in pg_stat_user_indexes after"
    if found["scans"] == TIMES:
        return {"answer": "yes", "seen": f"{TIMES} {counted} {TIMES} searches of {LARGE['rows']} rows"}
    if found.get("larger", {}).get("scans") == TIMES:
        fewer = f"{found['scans']} of {LARGE['rows']} rows"
        return {"answer": "larger", "seen": f"{TIMES} {counted} {TIMES} searches of {LARGER['rows']} rows, {fewer}"}
    if found["scans_forced"]:
        return {"answer": "forced", "seen": f"{found['scans_forced']} {counted} {TIMES} searches with {' and '.join(FORCED)}"}
    return {"answer": "no", "seen": f"no {counted} {TIMES} searches, nor with {' and '.join(FORCED)}"}


def tally(rows: list[int]) -> dict[str, int]:
    """How often a search returned how many rows."""
    return {str(count): rows.count(count) for count in sorted(set(rows))}


def write(client: Client, database: Database, folder: Path, packages: dict[str, str]) -> None:
    import psycopg

    with psycopg.connect(**database.values, autocommit=True) as session:
        session.prepare_threshold = None
        session.execute("CREATE EXTENSION IF NOT EXISTS vector")
        session.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        session.execute("SET pg_stat_statements.track = 'none'")
        recorder = Recorder(client, database, session)
        server = {
            "postgresql": recorder.execute("SHOW server_version")[0][0].split()[0],
            **dict(recorder.execute("SELECT extname, extversion FROM pg_extension WHERE extname <> 'plpgsql' ORDER BY 1")),
        }
        found: list[dict] = []
        small = recorder.make(SMALL)
        for search in client.searches:
            entry = {"name": search.name, "statements": recorder.statements(search, small)}
            if search.stands_as == "function":
                entry["nested"] = recorder.nested(search, small)
            found.append(entry)
        large = recorder.make(LARGE)
        for search, entry in zip(client.searches, found, strict=True):
            entry["activity"] = recorder.activity(search, large)
            entry["use"] = recorder.use(search, large)
        recorder.grow(found)
        client.drop(large)

    folder.mkdir(exist_ok=True)
    path = folder / f"{client.name}.json"
    for search, entry in zip(client.searches, found, strict=True):
        entry["takes_index"] = takes_index(search, entry["use"])
    what = {
        "client": client.name, "packages": packages, "server": server, "small": SMALL, "large": LARGE, "larger": LARGER,
        "searches": found,
    }
    path.write_text(json.dumps(what, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{path.name}: {len(found)} searches")
