import DatabaseFixture
import Foundation
import Postgres
import Testing

@Suite("A vecs client that is open all along", .timeLimit(.minutes(15)))
struct OpenClientTests {
    /// Queries without end while another thread of it grows the collection, every warning being an error.
    ///
    /// It prints how many jobs were begun at twice the rows, whether the index is another one in the end, whether each
    /// search gave ten rows, what failed, and whether the new index is used.
    private static let client = """
        import threading, time, warnings
        from sqlalchemy import text
        from vecs import IndexMethod
        warnings.simplefilter("error")

        def one(sql):
            with vx.Session() as session:
                return session.execute(text(sql)).scalar()

        def rows(first, last):
            return [(str(i), np.random.rand(64), {}) for i in range(first, last)]

        docs = vx.get_or_create_collection(name="docs", dimension=64)
        docs.upsert(rows(0, 5000))
        docs.create_index(method=IndexMethod.ivfflat)
        FILE = "SELECT relfilenode FROM pg_class WHERE relname LIKE 'ix_vector%'"
        file = one(FILE)
        while one("SELECT count(*) FROM vecsteward.build WHERE rows = 5000") == 0:
            time.sleep(0.05)

        searches, failures, is_over = [], [], threading.Event()
        def search():
            while not is_over.is_set():
                try:
                    searches.append(len(docs.query(np.random.rand(64), limit=10)))
                except BaseException as error:
                    failures.append(repr(error))
                    return
        searcher = threading.Thread(target=search)
        searcher.start()

        docs.upsert(rows(5000, 10000))
        # A few looks at exactly twice the rows.
        with vx.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for number in range(2):
                connection.execute(text(f"CREATE TABLE public.look_{number} (vec vector(2))"))
                connection.execute(text(f"CREATE INDEX ON public.look_{number} USING hnsw (vec vector_l2_ops)"))
                while one(f"SELECT count(*) FROM vecsteward.build WHERE table_name = 'look_{number}'") == 0:
                    time.sleep(0.05)
        begun = one("SELECT count(*) FROM vecsteward.job WHERE kind = 'rebuild_index'")
        docs.upsert(rows(10000, 10001))
        done = "SELECT count(*) FROM vecsteward.job WHERE kind = 'rebuild_index' AND state = 'done'"
        while one(done) == 0:
            time.sleep(0.05)
        number = len(searches)
        while len(searches) < number + 20 and not failures:
            time.sleep(0.01)
        is_over.set()
        searcher.join()

        after = vx.get_or_create_collection(name="docs", dimension=64).index
        with vx.Session() as session, session.begin():
            session.execute(text("SET LOCAL ivfflat.probes = 10"))
            vector = str(np.random.rand(64).tolist())
            plan = session.execute(
                text("EXPLAIN SELECT id FROM vecs.docs ORDER BY vec <=> CAST(:v AS vector) LIMIT 10"), {"v": vector}
            ).scalars().all()
        print(begun, file != one(FILE), set(searches) == {10}, failures, any(after in line for line in plan))
        """

    @Test("sees no warning before, during or after a rebuild, and uses the new index", arguments: TestServer.all)
    func open(server: TestServer) async throws {
        try await withDatabase(on: server) { database in
            // Privileges are granted for what is there: a table in the schema of vecs, and afterwards the queue.
            _ = try await VecsClient.run("vx.get_or_create_collection(name=\"docs\", dimension=64)", on: database)
            let daemon = try await Daemon.start(on: [database])
            try await daemon.wait(for: "this instance is the leader")
            let application = Identifier(try database.user(.application))
            try await database.administer(
                "GRANT USAGE ON SCHEMA vecsteward TO \(application); "
                    + "GRANT SELECT ON ALL TABLES IN SCHEMA vecsteward TO \(application)"
            )
            let answer = try await VecsClient.run(Self.client, on: database)
            #expect(answer == "0 True True [] True\n", "\(daemon.text)")
            let lists = try await database.query(
                "SELECT reloptions::text AS text FROM pg_class WHERE relname LIKE 'ix_vector_cosine_ops_ivfflat_%'"
            ).one()["text", as: String.self]
            #expect(lists == "{lists=30}", "the formula gives 30 lists up to 31,000 rows")
            #expect(await daemon.end() == 0)
        }
    }
}
