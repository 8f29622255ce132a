#!/usr/bin/env python3
"""Runs the searches of real clients, on invented embeddings and without a network.

usage: clients.py list [--json]                    the clients, their searches, and what is declared of them
       clients.py prepare NAME                     creates the client's tables and fills them
       clients.py search NAME [--search S] [--filter] [--times N]
                                                   searches, and prints the rows of each time as JSON
       clients.py index NAME [--search S]          creates the index that an expert would, and prints its statement
       clients.py drop NAME                        drops what `prepare` created
       clients.py serve NAME                       does what the lines of its input say: see serve.py
       clients.py record NAME...                   writes seen/NAME.json: what the server shows of each search
       clients.py document [--reading FILE]        prints the document of all clients, as docs/clients.md has it with reading.json

--dsn is a connection string of libpq or a URI; without it, that is $VECSTEWARD_TEST_URI. --dimensions and --rows say how large
the tables are. `record` needs a superuser, pg_stat_statements, and a database that nothing else uses.
"""

import argparse
import importlib
import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

sys.dont_write_bytecode = True

from declaration import Client, Database, Place, Search  # noqa: E402

FOLDER = Path(__file__).resolve().parent
SEEN = FOLDER / "seen"
# In the order of the document.
NAMES = (
    "vecs", "langchain_pgvector", "langchain_pgvectorstore", "llama_index", "django", "sqlalchemy", "haystack", "mem0",
    "psycopg", "psycopg2", "asyncpg", "postgrest",
)


def client_named(name: str) -> Client:
    if name not in NAMES:
        raise SystemExit(f"clients.py: there is no client {name}; there are: {', '.join(NAMES)}")
    return importlib.import_module(f"{name}_client").CLIENT


def versions(client: Client) -> dict[str, str]:
    return {package: version(package) for package in client.packages}


def described(client: Client, dimensions: int) -> dict:
    return {
        "name": client.name, "title": client.title, "packages": versions(client), "how": client.how,
        "searches": [search.described(dimensions) for search in client.searches],
    }


def searches_of(client: Client, arguments: argparse.Namespace) -> Search:
    if arguments.search:
        return client.search_named(arguments.search)
    return client.search_named("filtered") if arguments.filter else client.searches[0]


def create_index(place: Place, client: Client, search: Search) -> str | None:
    """Creates the index that an expert would create for a search; None if there is none."""
    from declaration import fill

    if search.index is None:
        return None
    statement = fill(search.index.statement(f"clients_{client.name}", search.table), place.dimensions)
    before = [fill(search.index.after, place.dimensions)] if search.index.after else []
    # A small table needs no second process for its index.
    place.database.execute("SET max_parallel_maintenance_workers = 0", *before, statement, f"ANALYZE {search.table}")
    return statement


def main() -> int:
    parser = argparse.ArgumentParser(usage=__doc__.partition("usage: ")[2])
    parser.add_argument("command", choices=["list", "prepare", "search", "index", "drop", "serve", "record", "document"])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--dsn", default=os.environ.get("VECSTEWARD_TEST_URI", ""))
    parser.add_argument("--dimensions", type=int, default=64)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--search")
    parser.add_argument("--filter", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--reading", type=Path)
    arguments = parser.parse_intermixed_args()

    if arguments.command == "list":
        clients = [described(client_named(name), arguments.dimensions) for name in arguments.names or NAMES]
        if arguments.json:
            print(json.dumps(clients, indent=1))
        else:
            for client in clients:
                print(client["name"], *(search["name"] for search in client["searches"]))
        return 0
    if arguments.command == "document":
        import document

        sys.stdout.write(document.text(arguments.names or NAMES, SEEN, arguments.reading))
        return 0

    place = Place(Database.parse(arguments.dsn), arguments.dimensions, arguments.rows)
    if arguments.command == "record":
        import record

        for name in arguments.names or NAMES:
            record.write(client_named(name), place.database, SEEN, versions(client_named(name)))
        return 0
    if len(arguments.names) != 1:
        parser.error(f"{arguments.command} needs the name of one client")
    client = client_named(arguments.names[0])
    match arguments.command:
        case "prepare":
            client.prepare(place)
        case "search":
            print(json.dumps(client.search(place, searches_of(client, arguments), arguments.times)))
        case "index":
            print(create_index(place, client, searches_of(client, arguments)) or "no index can serve this search")
        case "drop":
            client.drop(place)
        case "serve":
            import serve

            serve.serve(place, client)
    return 0


if __name__ == "__main__":
    sys.exit(main())
