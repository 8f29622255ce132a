"""Invented embeddings in clusters: the same for each run, and without any model or network.

Row i lies near centre i % CLUSTERS and belongs to tenant (i // CLUSTERS) % TENANTS, so that a tenant's rows are spread over all
clusters: whoever filters by a tenant gets few of the rows that are near.
"""

import functools
import json
import math
import random
import re
from dataclasses import dataclass

CLUSTERS = 20
TENANTS = 20
SPREAD = 0.35


@dataclass(frozen=True)
class Row:
    number: int
    text: str
    group: int
    embedding: list[float]

    @property
    def tenant(self) -> str:
        return f"tenant-{self.group}"

    @property
    def metadata(self) -> dict[str, str | int]:
        return {"tenant": self.tenant, "group": self.group}

    @property
    def literal(self) -> str:
        return literal(self.embedding)


def rows(count: int, dimensions: int) -> list[Row]:
    return [Row(i, f"document {i}", i // CLUSTERS % TENANTS, near(i, "document", dimensions)) for i in range(count)]


def query(number: int, dimensions: int) -> list[float]:
    """What the search of this number looks for."""
    return near(number, "search", dimensions)


def embed(text: str, dimensions: int) -> list[float]:
    """The embedding of a text such as `document 17` or `search 3`, as a model would give it."""
    match = re.fullmatch(r"(document|search) (\d+)", text)
    if match is None:
        raise ValueError(f"there is no invented embedding of {text!r}")
    return near(int(match[2]), match[1], dimensions)


def literal(embedding: list[float]) -> str:
    """As pgvector reads it."""
    return json.dumps(embedding, separators=(",", ":"))


@functools.cache
def centre(cluster: int, dimensions: int) -> tuple[float, ...]:
    return direction(random.Random(f"centre {cluster}"), dimensions)


def near(number: int, kind: str, dimensions: int) -> list[float]:
    numbers = random.Random(f"{kind} {number}")
    noise = direction(numbers, dimensions)
    return [round(a + SPREAD * b, 4) for a, b in zip(centre(number % CLUSTERS, dimensions), noise)]


def direction(numbers: random.Random, dimensions: int) -> tuple[float, ...]:
    values = [numbers.gauss(0, 1) for _ in range(dimensions)]
    length = math.sqrt(sum(value * value for value in values))
    return tuple(value / length for value in values)
