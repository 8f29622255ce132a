"""The table of those clients that bring no table of their own: items with an embedding and a tenant."""

import embeddings
from declaration import Place


def create(place: Place, table: str) -> None:
    """Makes the table and fills it by COPY."""
    with place.database.connect() as session:
        session.execute("CREATE EXTENSION IF NOT EXISTS vector")
        session.execute(
            f"CREATE TABLE {table} (id bigint PRIMARY KEY, content text, tenant text, metadata jsonb,"
            f" embedding vector({place.dimensions}))"
        )
        fill(session, place, table)


def fill(session, place: Place, table: str) -> None:
    import json

    with session.cursor().copy(f"COPY {table} (id, content, tenant, metadata, embedding) FROM STDIN") as copy:
        for row in embeddings.rows(place.rows, place.dimensions):
            copy.write_row((row.number, row.text, row.tenant, json.dumps(row.metadata), row.literal))
