"""A database on a host, with collections as vecs makes them."""

from host import wait_until

OWNER = "app"


class Snapshot:
    """A psql session with an open transaction, so that no concurrent build comes to its end."""

    def __init__(self, database):
        self.psql = database.host.start(
            "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--dbname", database.name, user="postgres",
        )
        self.psql.say("SET application_name = 'holds a snapshot';\nBEGIN ISOLATION LEVEL REPEATABLE READ;\n")
        self.psql.say("SELECT 'holds', txid_current();\n")
        self.psql.wait_for_line("holds|")

    def release(self):
        """Ends the transaction, so that the build goes on."""
        self.psql.end()


class Database:
    """A database of a host's PostgreSQL server, in which the tests act as its superuser."""

    def __init__(self, host, name):
        self.host = host
        self.name = name
        self.first_builds = {}

    def sql(self, text, user="postgres", within=60):
        """The rows of the last statement, as lists of texts."""
        output = self.host.run(
            "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator=\t",
            "--set=ON_ERROR_STOP=1", "--dbname", self.name, user=user, stdin=text, within=within,
        ).output
        return [line.split("\t") for line in output.splitlines()]

    def value(self, text):
        rows = self.sql(text)
        return rows[0][0] if rows else None

    def create(self):
        """Makes the database with pgvector and the schema of vecs, which belongs to the role of an application."""
        server = Database(self.host, "postgres")
        server.sql(f"CREATE DATABASE {self.name} OWNER {OWNER}")
        self.sql(f"""
            CREATE EXTENSION vector;
            CREATE EXTENSION pg_stat_statements;
            CREATE SCHEMA vecs AUTHORIZATION {OWNER};
        """)
        return self

    def grant(self, role="vecsteward"):
        """Runs exactly what `vecsteward grants` prints, as its own comments say: as a superuser."""
        script = self.host.run(
            "vecsteward", "grants", "--role", role, "--for", "maintain", "--database", f"dbname={self.name}",
            user="postgres",
        ).output
        self.sql(script)

    # Collections

    def create_collection(self, name, rows, dimensions=8, analyze=True):
        """A collection as vecs makes it, without an index."""
        self.sql(f"""
            SET ROLE {OWNER};
            CREATE TABLE vecs.{name} (
                id varchar PRIMARY KEY, vec vector({dimensions}) NOT NULL, metadata jsonb NOT NULL DEFAULT '{{}}'
            );
        """)
        self.grow(name, rows, dimensions, analyze)

    def grow(self, name, rows, dimensions=8, analyze=True):
        """Adds rows."""
        self.sql(f"""
            SET ROLE {OWNER};
            INSERT INTO vecs.{name} (id, vec)
            SELECT gen_random_uuid()::text, array_agg(random())::vector
            FROM generate_series(1, {rows}) AS row, generate_series(1, {dimensions}) GROUP BY row;
        """)
        # In a session of its own: a session reports its inserts when it ends, and after an ANALYZE that counts twice.
        if analyze:
            self.sql(f"ANALYZE vecs.{name}")

    def create_ivfflat(self, name, lists=30):
        """The index that vecs' create_index makes, under a name as vecs gives it."""
        index = f"ix_vector_cosine_ops_ivfflat_nl{lists}_0a1b2c3"
        self.sql(f"""
            SET ROLE {OWNER};
            CREATE INDEX {index} ON vecs.{name} USING ivfflat (vec vector_cosine_ops) WITH (lists = {lists});
        """)
        self.first_builds[index] = self.identifier(index)
        return index

    def create_hnsw(self, name):
        index = "ix_vector_cosine_ops_hnsw_m16_efc64_0a1b2c3"
        self.sql(f"SET ROLE {OWNER}; CREATE INDEX {index} ON vecs.{name} USING hnsw (vec vector_cosine_ops)")
        return index

    def create_outgrown(self, name):
        """A collection of 4,000 rows with an IVFFlat index on 1,500, as the index tells where nothing was analyzed."""
        self.create_collection(name, 1500, analyze=False)
        index = self.create_ivfflat(name)
        self.grow(name, 2500, analyze=False)
        return index

    def identifier(self, index):
        """The object identifier of an index in the schema of vecs, as a text."""
        return self.value(f"SELECT to_regclass('vecs.{index}')::oid")

    def is_rebuilt(self, index):
        """Whether another index has the name of one that was made here, as after a rebuild, or none has it."""
        return self.identifier(index) != self.first_builds[index]

    def indexes(self, name):
        """The names of a collection's usable vector indexes, and of what is unusable, apart."""
        rows = self.sql(f"""
            SELECT class.relname, indisvalid AND indisready FROM pg_index
            JOIN pg_class AS class ON class.oid = indexrelid JOIN pg_am AS method ON method.oid = class.relam
            WHERE indrelid = 'vecs.{name}'::regclass AND method.amname IN ('ivfflat', 'hnsw') ORDER BY 1
        """)
        return [row[0] for row in rows if row[1] == "t"], [row[0] for row in rows if row[1] != "t"]

    def polls(self):
        """How many polls of the service this database has seen."""
        return int(Database(self.host, "app").value(f"""
            SELECT coalesce(sum(calls), 0) FROM pg_stat_statements
            WHERE userid = to_regrole('vecsteward') AND query LIKE '%pg_prepared_xacts%'
                AND dbid = (SELECT oid FROM pg_database WHERE datname = '{self.name}')
        """))

    def wait_for_looks(self, number, within=30):
        """Returns after so many more polls."""
        before = self.polls()
        wait_until(f"it polls {number} times", lambda: self.polls() >= before + number, within)

    # Builds

    def hold_snapshot(self):
        return Snapshot(self)

    def count_builds(self):
        """From here on, the server counts the indexes that are begun; see builds."""
        self.sql("""
            CREATE TABLE public.build (at timestamptz DEFAULT clock_timestamp(), statement text);
            GRANT INSERT ON public.build TO PUBLIC;
            CREATE FUNCTION public.note_build() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
            BEGIN
                INSERT INTO public.build (statement) VALUES (current_query());
            END $$;
            CREATE EVENT TRIGGER note_build ON ddl_command_start WHEN TAG IN ('CREATE INDEX', 'REINDEX')
            EXECUTE FUNCTION public.note_build();
        """)

    def builds(self):
        """How many indexes were begun beside those that are there."""
        return int(self.value("SELECT count(*) FROM public.build WHERE statement ~ 'INDEX CONCURRENTLY'"))

    def wait_for_build(self, within=30):
        """Returns when a build waits for snapshots at its end; what the server shows of it."""
        return wait_until(
            "a build waits for a snapshot",
            lambda: self.value("""
                SELECT pid FROM pg_stat_progress_create_index
                WHERE datname = current_database() AND phase LIKE 'waiting for old snapshots'
            """), within,
        )
