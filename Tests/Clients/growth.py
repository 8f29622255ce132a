"""Makes the tables of a client larger by SQL alone: its own way to write rows takes longer."""

from declaration import Client, Place

COLUMNS = """
    SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), a.attidentity <> '',
        EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey))
    FROM pg_catalog.pg_attribute a
    WHERE a.attrelid = %s::text::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
# How far the embeddings of new rows lie from those of old ones in each dimension.
NOISE = 0.02


def grow(place: Place, client: Client, rows: int) -> None:
    """Copies the rows of each searched table, with other keys and embeddings, until there are so many; analyzes it."""
    with place.database.connect() as session:
        session.execute("SELECT setseed(0.5)")
        for table in dict.fromkeys(search.table for search in client.searches):
            values = {
                f'"{name}"': value(f'old."{name}"', kind, is_key, place.dimensions)
                for name, kind, numbers_itself, is_key in session.execute(COLUMNS, (table,)).fetchall() if not numbers_itself
            }
            session.execute(
                f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())}"
                f" FROM (SELECT *, row_number() OVER () AS place FROM {table}) AS old,"
                f" generate_series(1, {rows // place.rows}) AS copy WHERE copy * {place.rows} + place <= {rows}"
            )
            session.execute(f"ANALYZE {table}")


def value(column: str, kind: str, is_key: bool, dimensions: int) -> str:
    """The expression of a column in a new row."""
    if kind.startswith(("vector", "halfvec")):
        # It names the row, or PostgreSQL would compute it once for all.
        noise = (
            f"SELECT array_agg((random() - 0.5) * {NOISE}) FROM generate_series(1, {dimensions}) WHERE copy = copy AND place = place"
        )
        return f"{column} + ({noise})::{kind.partition('(')[0]}"
    if not is_key:
        return column
    if kind == "uuid":
        return "gen_random_uuid()"
    return f"{column} || '-' || copy" if kind.startswith(("text", "character")) else f"{column} + copy * 1000000"
