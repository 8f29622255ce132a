"""What a person knows of a client's searches, as data: see Search.

The files of the clients state it by hand. Nothing here is derived from what a client did, so that a test may compare the two.
"""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

# The rows that each search asks for.
LIMIT = 10
# The tenant that filtered searches ask for: one of 20.
TENANT = "tenant-3"


@dataclass(frozen=True)
class Filter:
    """One condition of a search, other than its distance."""

    # Its left side, such as `metadata ->> ?`: `?` stands for each constant or parameter, as pg_stat_statements replaces them.
    expression: str
    # None for a function that returns a boolean.
    operator: str | None
    columns: tuple[str, ...]
    # Of the searched table unless this says otherwise.
    table: str | None = None
    # The left side as the client sends it, where that has a constant: only pg_stat_activity may show it.
    sent: str | None = None


@dataclass(frozen=True)
class Setting:
    """A setting that the client changes itself."""

    name: str
    value: str
    # `transaction` (SET LOCAL), `session` (SET), or `function` (the SET clause of a function).
    scope: str


@dataclass(frozen=True)
class Index:
    """The index that an expert would create for a search."""

    method: str
    # What stands in the parentheses of CREATE INDEX.
    key: str
    operator_class: str
    options: str = ""
    # Statements that have to come first, and those that undo them.
    after: str | None = None
    undo: str | None = None
    # The first version of PostgreSQL whose planner takes it for the search, where not all do.
    since: int | None = None

    def statement(self, name: str, table: str) -> str:
        options = f" WITH ({self.options})" if self.options else ""
        return f"CREATE INDEX {name} ON {table} USING {self.method} ({self.key} {self.operator_class}){options}"


@dataclass(frozen=True)
class Search:
    """One search of a client. `{dimensions}` stands for the dimensions of the embeddings."""

    name: str
    # As in the catalog: schema and table, then the column, which may be an expression's.
    table: str
    column: str
    # pgvector's operator in ORDER BY.
    operator: str
    # A part of its text in pg_stat_statements that no other statement of this search has.
    marker: str
    # The type that the search casts the column to.
    cast: str | None = None
    # Any other expression over the column, as it stands in ORDER BY.
    expression: str | None = None
    # `asc`, `desc`, or None if the distance is not in ORDER BY; and which key of ORDER BY it is.
    direction: str | None = "asc"
    key: int = 1
    filters: tuple[Filter, ...] = ()
    # The rows asked for; None if the search has no LIMIT.
    limit: int | None = LIMIT
    settings: tuple[Setting, ...] = ()
    # None if no index can serve the search as it is.
    index: Index | None = None
    # Where none can: what somebody would try.
    attempt: Index | None = None
    # What stands in pg_stat_statements: `select`, `prepare`, `cursor`, `function`, or `view`.
    stands_as: str = "select"
    # The function or view that hides the search.
    through: str | None = None
    # What an expert would say about it.
    needs: str = ""
    # The rules of vecsteward that find something about the search once its index is there.
    findings: tuple[str, ...] = ()

    def described(self, dimensions: int) -> dict[str, Any]:
        """As JSON."""
        return fill(asdict(self), dimensions)


@dataclass(frozen=True)
class Place:
    """Where a client works, and on how much."""

    database: "Database"
    dimensions: int
    rows: int
    # What some clients do after each search, with their session open: nothing, unless somebody wants to look at it then.
    hold: Callable[[], None] = field(default=lambda: None)


@dataclass(frozen=True)
class Client:
    name: str
    title: str
    # Such as `vecs 0.4.5`: the packages whose versions matter.
    packages: tuple[str, ...]
    # How it searches, in a sentence.
    how: str
    searches: tuple[Search, ...]
    prepare: Callable[[Place], None]
    # Searches so many times, and gives the number of rows of each time.
    search: Callable[[Place, Search, int], list[int]]
    drop: Callable[[Place], None]

    def search_named(self, name: str) -> Search:
        for search in self.searches:
            if search.name == name:
                return search
        raise SystemExit(f"clients.py: {self.name} has no search {name}; it has: {', '.join(s.name for s in self.searches)}")


@dataclass(frozen=True)
class Database:
    """A database, by the parts of its connection string."""

    values: dict[str, str]

    @classmethod
    def parse(cls, dsn: str) -> "Database":
        """Of a libpq connection string or URI."""
        from psycopg.conninfo import conninfo_to_dict

        return cls({key: str(value) for key, value in conninfo_to_dict(dsn).items()})

    def uri(self, scheme: str = "postgresql") -> str:
        from urllib.parse import quote

        part = {key: quote(value, safe="") for key, value in self.values.items()}
        password = f":{part['password']}" if "password" in part else ""
        port = f":{part['port']}" if "port" in part else ""
        return f"{scheme}://{part['user']}{password}@{part['host']}{port}/{part['dbname']}"

    @contextlib.contextmanager
    def connect(self) -> Iterator[Any]:
        """A session of psycopg in autocommit mode."""
        import psycopg

        with psycopg.connect(**self.values, autocommit=True) as session:
            yield session

    def execute(self, *statements: str) -> None:
        with self.connect() as session:
            for statement in statements:
                session.execute(statement)


def fill(value: Any, dimensions: int) -> Any:
    """With the dimensions put into every text."""
    match value:
        case str():
            return value.replace("{dimensions}", str(dimensions))
        case dict():
            return {key: fill(member, dimensions) for key, member in value.items()}
        case list() | tuple():
            return [fill(member, dimensions) for member in value]
    return value
