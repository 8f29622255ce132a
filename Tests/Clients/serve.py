"""Does what a test asks of a client, in one process: to import a client takes longer than all its searches.

Each line of standard input is an object with the key `do`, and each answer is one line of standard output:

{"do": "describe"}                                         the searches of the client, as they are declared
{"do": "prepare", "rows": 2000}                            makes and fills its tables, and makes them so large by SQL
{"do": "search", "search": NAME, "times": 3}               searches in new sessions, and ends them: the rows of each time
{"do": "search", "search": NAME, "times": 1, "hold": true} answers null with the session still open, as some clients can
                                                           (Place.hold), and gives the rows after the next line
"""

import contextlib
import dataclasses
import json
import sys
import time
import traceback
from typing import Any

import growth
from declaration import Client, Place

OTHERS = """
    SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend' AND application_name !~ '^vecsteward'
"""


def serve(place: Place, client: Client) -> None:
    answers = sys.stdout
    # Nothing that a client prints is an answer.
    with contextlib.redirect_stdout(sys.stderr):
        for line in sys.stdin:
            try:
                answer(answers, done(json.loads(line), place, client, answers))
            except Exception:
                answer(answers, {"error": traceback.format_exc()})


def answer(answers, value: Any) -> None:
    answers.write(json.dumps(value) + "\n")
    answers.flush()


def done(request: dict, place: Place, client: Client, answers) -> Any:
    match request["do"]:
        case "describe":
            return [search.described(place.dimensions) for search in client.searches]
        case "prepare":
            client.prepare(place)
            growth.grow(place, client, request["rows"])
            wait_for_others(place)
            return None
        case "search":
            if request.get("hold"):

                def hold() -> None:
                    answer(answers, None)
                    sys.stdin.readline()

                place = dataclasses.replace(place, hold=hold)
            rows = client.search(place, client.search_named(request["search"]), request["times"])
            wait_for_others(place)
            return rows
    raise ValueError(f"nobody can do {request['do']}")


def wait_for_others(place: Place) -> None:
    """Until the sessions of the client are over, and their statistics with them."""
    with place.database.connect() as session:
        for _ in range(1000):
            if session.execute(OTHERS).fetchone()[0] == 0:
                return
            time.sleep(0.01)
    raise TimeoutError("sessions of the client stay open after its work")
