"""A database with many small collections, as the vecs client makes them, each with an IVFFlat index."""

MAKE = """
CREATE PROCEDURE make(first int, last int) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN first..last LOOP
        EXECUTE format('CREATE TABLE vecs.c%s (id varchar PRIMARY KEY, vec vector(8) NOT NULL,
            metadata jsonb NOT NULL DEFAULT ''{}'')', i);
        EXECUTE format('INSERT INTO vecs.c%s SELECT g::text, array_fill(g::real, ARRAY[8])::vector
            FROM generate_series(1, 20) AS g', i);
        EXECUTE format('CREATE INDEX ix_vector_cosine_ops_ivfflat_nl30_%s ON vecs.c%s
            USING ivfflat (vec vector_cosine_ops) WITH (lists=30)', lpad(to_hex(i), 7, '0'), i);
        IF i % 100 = 0 THEN COMMIT; END IF;
    END LOOP;
END $$
"""


def make_collections(server, database, count):
    """Makes the database and this many collections of 20 rows."""
    server.create_database(database)
    connection = server.connect(database)
    cursor = connection.cursor()
    cursor.execute("SET client_min_messages = warning")
    cursor.execute(MAKE)
    cursor.execute("CALL make(1, %s)", [count])
    cursor.execute("VACUUM ANALYZE pg_class, pg_attribute, pg_index, pg_depend, pg_type")
    connection.close()
