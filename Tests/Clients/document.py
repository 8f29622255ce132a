"""Writes the document of the clients: how each searches, what its searches need, and what vecsteward reads of them.

The files of the clients and seen/ say the first two. The third comes from a file that the test of vecsteward writes, of the form
{"vecs": {"default": "what vecsteward reads"}}; without it, that column is empty.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from declaration import Client, Search, fill
from record import LARGER, TIMES

INTRODUCTION = """# Clients

How do clients search, what does a server show of it, and what do their searches need? `Tests/Clients/clients.py record` ran each
client on a server of its own, with invented embeddings; `clients.py document` wrote this page from what was seen.

Each search asks for 10 rows of {rows} with {dimensions} dimensions, {times} times, and was run without an index, with the index that
it needs, and with that index where the planner was told to avoid everything else. A filter leaves one row in twenty.

| column | meaning |
|---|---|
| orders by | the column with its cast, and the operator |
| filters | conditions other than the distance; `?` stands for a constant, which pg_stat_statements does not show |
| sets | the settings that the client changes itself: `L` for a transaction (SET LOCAL), `S` for the session, `F` for its function |
| index | what an expert creates; `none` if no index can serve the search |
| taken | whether the search takes that index: `yes`; `at {larger[rows]:,}` if it does so only on a table of so many rows, since a scan of the smaller one is cheaper; `if told` if it took it on neither by itself; `no` |
| rows | how many of the rows asked for a search returns without an index, with it, and with it and an iterative scan, where that differs |
| vecsteward reads | what `vecsteward searches` says |
"""


def text(names: Iterable[str], seen: Path, reading: Path | None) -> str:
    from clients import client_named

    readings = json.loads(reading.read_text(encoding="utf-8")) if reading else {}
    records = {name: json.loads((seen / f"{name}.json").read_text(encoding="utf-8")) for name in names}
    first = next(iter(records.values()))
    server = first["server"]
    parts = [
        INTRODUCTION.format(times=TIMES, larger=first["larger"], **first["large"]),
        f"Seen on PostgreSQL {server['postgresql']} with pgvector {server['vector']} and pg_stat_statements"
        f" {server['pg_stat_statements']}.\n",
    ]
    parts += [section(client_named(name), record, readings.get(name, {})) for name, record in records.items()]
    return "\n".join(parts)


def section(client: Client, record: dict, readings: dict[str, str]) -> str:
    dimensions = record["large"]["dimensions"]
    entries = {entry["name"]: entry for entry in record["searches"]}
    packages = ", ".join(f"{package} {version}" for package, version in record["packages"].items())
    lines = [
        f"## {client.name}\n", f"{client.how} Seen with {packages}.\n",
        *(f"{note}\n" for note in client.notes),
        "```sql", shape(entries[client.searches[0].name]), "```\n",
        "| search | orders by | filters | sets | index | taken | rows | vecsteward reads |", "|---|---|---|---|---|---|---|---|",
    ]
    for search in client.searches:
        use = entries[search.name]["use"]
        cells = (
            search.name, order(search), "; ".join(map(condition, search.filters)), settings(search),
            index(search), taken(search, use), rows(use), readings.get(search.name, ""),
        )
        lines.append(fill("| " + " | ".join(cell.replace("|", "\\|") or "-" for cell in cells[:-1]) + f" | {cells[-1]} |", dimensions))
    needs = [f"- {search.name}: {fill(search.needs, dimensions)}" for search in client.searches if search.needs]
    return "\n".join(lines + ([""] + needs if needs else [])) + "\n"


def shape(entry: dict) -> str:
    """The statement of a search as pg_stat_statements has it, in lines that can be read."""
    words = " ".join(next(s["text"] for s in entry["statements"] if s["expected"]).split())
    for clause in (" FROM ", " WHERE ", " ORDER BY ", " LIMIT ", " JOIN "):
        words = words.replace(clause, "\n" + clause.strip() + " ")
    return words


def order(search: Search) -> str:
    column = f"{search.table.removeprefix('public.')}.{search.column}"
    key = search.expression or column
    cast = f"::{search.cast}" if search.cast else ""
    through = f", in `{search.through.removeprefix('public.')}`" if search.through else ""
    ordered = f"`{key}{cast}`" if search.expression and not search.cast else f"`{key}{cast} {search.operator}`"
    limit = "" if search.limit is not None else ", no LIMIT"
    return ordered + through + limit


def condition(filter_: object) -> str:
    table = f"{filter_.table.removeprefix('public.')}." if filter_.table else ""
    return f"`{table}{filter_.expression}" + (f" {filter_.operator} ?`" if filter_.operator and "NULL" not in filter_.operator
                                              else f" {filter_.operator}`" if filter_.operator else "`")


def settings(search: Search) -> str:
    return ", ".join(f"`{setting.name} = {setting.value}` {setting.scope[0].upper() if setting.scope != 'transaction' else 'L'}"
                     for setting in search.settings)


def index(search: Search) -> str:
    if search.index is None:
        return "none"
    after = f", after `{search.index.after}`" if search.index.after else ""
    options = f" WITH ({search.index.options})" if search.index.options else ""
    return f"`{search.index.method} ({search.index.key} {search.index.operator_class}){options}`{after}"


def taken(search: Search, use: dict) -> str:
    found = use.get("index") if search.index else use.get("attempt")
    if found is None or not found["scans_forced"]:
        return "no"
    if found["scans"] == TIMES:
        return "yes"
    return f"at {LARGER['rows']:,}" if found.get("larger", {}).get("scans") == TIMES else "if told"


def rows(use: dict) -> str:
    found = use.get("index")
    counts = [use["rows_without_index"]]
    if found:
        counts += [found["rows_forced"], found.get("rows_iterative", found["rows_forced"])]
    means = [f"{sum(int(rows) * times for rows, times in count.items()) / sum(count.values()):.3g}" for count in counts]
    return means[0] if len(set(means)) == 1 else ", ".join(means)
