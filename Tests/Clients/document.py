"""Writes the document of the clients: how each searches, what its searches need, and what vecsteward reads of them.

The files of the clients and seen/ say the first two. The third comes from reading.json, which the test of vecsteward writes, of the
form {"vecs": {"default": "what vecsteward reads"}}; without it, that column is empty.
"""

import json
import textwrap
from collections.abc import Iterable
from pathlib import Path

from declaration import Client, Filter, Search, fill
from record import LARGER, TIMES

INTRODUCTION = """# Clients

How do clients search, what does a server show of it, and what do their searches need? `Tests/Clients/clients.py record` ran each
client on a server of its own, with invented embeddings; `clients.py document` wrote this page from what was seen.

Each search asked for 10 rows of {rows:,} with {dimensions} dimensions, {times} times: without an index, with the index that it
needs, and with that index where the planner was told to avoid everything else. A filter on a tenant leaves one row in twenty.

| column | meaning |
|---|---|
| orders by | the column with its cast, and the operator |
| filters | conditions other than that; `?` stands for a constant, which pg_stat_statements does not show |
| sets | the settings that the client changes itself: `L` for a transaction (SET LOCAL), `S` for the session, `F` for its function |
| index | what an expert creates; `none` if no index can serve the search |
| taken | whether the search takes that index: `yes`; `{larger[rows]:,} rows` if it does so on a table of that size, and scanning \
the smaller one is cheaper; `if told` if it does so on neither, but can; `no` |
| rows | the mean number of rows that a search returns without an index, with it, and with it and an iterative scan; one number if \
they are the same |
| vecsteward reads | what `vecsteward searches` says of it, counted by pg_stat_statements, once the index is there that vecsteward \
advises; and the rules that then find something |
"""
TAKEN = {"yes": "yes", "larger": f"{LARGER['rows']:,} rows", "forced": "if told", "no": "no"}


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
        f"## {client.title}\n", wrapped(f"{client.how} Seen with {packages}.") + "\n",
        "```sql", shape(entries[client.searches[0].name]), "```\n",
        "| search | orders by | filters | sets | index | taken | rows | vecsteward reads |", "|---|---|---|---|---|---|---|---|",
    ]
    for search in client.searches:
        use = entries[search.name]["use"]
        cells = (
            search.name, order(search), "; ".join(map(condition, search.filters)), settings(search),
            index(search), TAKEN[entries[search.name]["takes_index"]["answer"]], rows(use), reading(readings, search),
        )
        row = " | ".join(cell or "-" for cell in cells[:-1]) + " | " + cells[-1]
        lines.append(fill(f"| {row} |", dimensions))
    needs = [wrapped(f"- {search.name}: {fill(search.needs, dimensions)}", "  ") for search in client.searches if search.needs]
    return "\n".join(lines + ([""] + needs if needs else [])) + "\n"


def reading(readings: dict[str, str], search: Search) -> str:
    """What vecsteward says, so that it fits in a table."""
    said = readings.get(search.name, "").replace("|", "\\|")
    return "; then ".join([said, *(f"`{rule}`" for rule in search.findings)]) if said else ""


def shape(entry: dict) -> str:
    """The statement of a search as pg_stat_statements has it, with a line for each of its outer clauses."""
    words = next(s["text"] for s in entry["statements"] if s["expected"]).split()
    lines: list[list[str]] = [[]]
    depth = 0
    for word in words:
        if depth == 0 and word in ("FROM", "JOIN", "WHERE", "ORDER", "LIMIT", "SELECT") and lines[-1]:
            lines.append([])
        lines[-1].append(word)
        depth += word.count("(") - word.count(")")
    return "\n".join(wrapped(" ".join(line), "  ") for line in lines)


def wrapped(text: str, indent: str = "") -> str:
    return textwrap.fill(text, 128, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def order(search: Search) -> str:
    if search.direction is None:
        return "nothing"
    key = search.expression or f"{search.table.removeprefix('public.')}.{search.column}"
    cast = f"::{search.cast}" if search.cast else ""
    # An expression without a cast has the operator inside.
    operator = "" if search.expression and not search.cast else f" {search.operator}"
    return "".join((
        f"`{key}{cast}{operator}`", " DESC" if search.direction == "desc" else "",
        f", key {search.key}" if search.key > 1 else "",
        f", in `{search.through.removeprefix('public.')}`" if search.through else "",
        "" if search.limit is not None else ", no LIMIT",
    ))


def condition(filter_: Filter) -> str:
    table = f"{filter_.table.removeprefix('public.')}." if filter_.table else ""
    operator = f" {filter_.operator}" if filter_.operator else ""
    value = " ?" if filter_.operator and "NULL" not in filter_.operator else ""
    return f"`{table}{filter_.expression}{operator}{value}`"


def settings(search: Search) -> str:
    scopes = {"transaction": "L", "session": "S", "function": "F"}
    return ", ".join(f"`{setting.name} = {setting.value}` {scopes[setting.scope]}" for setting in search.settings)


def index(search: Search) -> str:
    if search.index is None:
        return "none"
    after = f", after `{search.index.after}`" if search.index.after else ""
    options = f" WITH ({search.index.options})" if search.index.options else ""
    since = f", from PostgreSQL {search.index.since} on" if search.index.since else ""
    return f"`{search.index.method} ({search.index.key} {search.index.operator_class}){options}`{after}{since}"


def rows(use: dict) -> str:
    counts = [use["rows_without_index"]]
    if found := use.get("index") or use.get("attempt"):
        counts += [found["rows_forced"], found.get("rows_iterative", found["rows_forced"])]
    means = [sum(int(rows) * times for rows, times in count.items()) / sum(count.values()) for count in counts]
    words = [f"{round(mean):,}" if mean == round(mean) else f"{mean:.1f}" for mean in means]
    return words[0] if len(set(words)) == 1 else ", ".join(words)
